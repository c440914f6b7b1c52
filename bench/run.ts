// What `npm run bench` runs: all cases, or those named, as in `npm run bench -- B2 B9`.
import { join, relative } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { exitCodes } from "../cli/exit-codes.ts";
import { Interrupted, passInterrupts } from "../cli/interrupt.ts";
import { commandProgress } from "../cli/logs.ts";
import { projectRoot } from "../cli/root.ts";
import { UserError } from "../console/errors.ts";
import { table } from "../console/table.ts";
import type { Progress } from "../console/progress.ts";
import type { Case } from "./case.ts";
import { caseOf, cases } from "./cases/index.ts";
import { ClusterLease } from "./cluster/lease.ts";
import { busyShare, machineFacts, processorTime, stolenShare } from "./machine.ts";
import { overview } from "./report.ts";
import type { CaseResult } from "./results.ts";
import { currentCommit, mergeResults, writeDocuments } from "./results-file.ts";

interface Options {
  readonly rounds?: number;
  readonly out: string;
  readonly leaveRunning: boolean;
}

passInterrupts();
try {
  await program().parseAsync(process.argv.slice(2), { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  else if (error instanceof UserError) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error instanceof Interrupted ? error.exitCode : exitCodes.failed;
  } else throw error;
}

function program(): Command {
  const list = cases.map(({ id, title }) => `  ${id}  ${title}`).join("\n");
  return new Command("npm run bench --")
    .description(
      "Measures knflow against the strongest alternatives, both sides in turn, on an embedded cluster of its own.",
    )
    .argument("[case...]", "the cases to measure (default: all)", addCase)
    .option("--rounds <number>", "rounds that count, instead of each case's own number", positive)
    .option("--out <folder>", "where results, document and plots are written", join(projectRoot, "docs"))
    .option("--leave-running", "leave the cluster running, which saves the next run its start", false)
    .addHelpText(
      "after",
      `\nCases:\n${list}\n\nNothing fails for being slow: goals that are missed are said, with exit code 0.\nWhere it is interrupted, the cluster runs on: "npx knflow cluster down --name bench" ends it.`,
    )
    .exitOverride()
    .action((chosen: Case[] | undefined, options: Options) => bench(chosen ?? cases, options));
}

async function bench(chosen: readonly Case[], options: Options): Promise<void> {
  const progress = commandProgress("bench");
  progress.plan(chosen.length);
  const lease = new ClusterLease(progress);
  const results: CaseResult[] = [];
  try {
    for (const one of chosen) {
      try {
        const result = await measure(one, progress, lease, options);
        results.push(result);
        await writeDocuments(options.out, await mergeResults(options.out, [result]));
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        // What the other cases measure is worth no less.
        const text = error instanceof UserError ? error.message : (error as Error).stack;
        process.stderr.write(`error: ${one.id} was not measured: ${text}\n`);
        process.exitCode = exitCodes.failed;
      }
    }
  } finally {
    await lease.end(options);
  }
  const rows = overview(results).map(({ id, what, value, goal, met }) => [
    met === undefined ? "" : met ? "✔" : "✗",
    ...[id, what, value, goal],
  ]);
  process.stdout.write(table([["", "CASE", "WHAT", "RATIO OR FIGURE", "GOAL"], ...rows]));
  process.stdout.write(`\nresults: ${relative(process.cwd(), join(options.out, "performance.json"))}\n`);
}

function measure(one: Case, progress: Progress, lease: ClusterLease, options: Options): Promise<CaseResult> {
  return progress.run(`${one.id} ${one.title}`, async (step) => {
    const busyBefore = await busyShare();
    const [begun, before] = [performance.now(), processorTime()];
    const rounds = (usual: number) => options.rounds ?? usual;
    const measured = await one.run({ progress, step, rounds, cluster: () => lease.get() });
    return {
      id: one.id,
      title: one.title,
      includes: one.includes,
      measuredAt: new Date().toISOString(),
      commit: await currentCommit(),
      machine: await machineFacts(),
      seconds: Math.round((performance.now() - begun) / 1000),
      busyBefore,
      stolen: stolenShare(before, processorTime()),
      ...measured,
    };
  });
}

function addCase(name: string, before: readonly Case[] = []): readonly Case[] {
  return [...before, caseOf(name)];
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new InvalidArgumentError("It must be a whole number from 1 to 1000");
}
