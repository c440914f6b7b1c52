export const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

const least = Math.max(0, levels.indexOf((process.env.KNFLOW_LOG_LEVEL || "info") as Level));

/** Writes one line of JSON to standard output. */
export function log(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  if (levels.indexOf(level) < least) return;
  const line = {
    ts: new Date().toISOString(),
    level,
    msg: message,
    ...fields,
    workflow: process.env.FAASIT_WORKFLOW_NAME || undefined,
    revision: process.env.K_REVISION || undefined,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
