import { appendFileSync } from "node:fs";

/** Something that a test counted or measured, for docs/reliability.md. */
export interface Evidence {
  /** A row of test/rows.ts. */
  readonly row: string;
  /** In words, such as "1,000 damaged archives, none unpacked". */
  readonly text: string;
}

/** The file that `npm test` gathers evidence in; a test that is run by itself tells nobody. */
export const evidenceVariable = "KNFLOW_TEST_EVIDENCE";

/** Its name in the folder of that run's logs. */
export const evidenceFile = "evidence.jsonl";

/** Tells what a test counted or measured. */
export function tell(row: string, text: string): void {
  const file = process.env[evidenceVariable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ row, text } satisfies Evidence)}\n`);
}
