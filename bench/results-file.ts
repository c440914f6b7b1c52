import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../cli/root.ts";
import { caseSection, machineLine, overviewTable, replaceParts } from "./report.ts";
import type { CaseResult } from "./results.ts";

const files = { results: "performance.json", document: "performance.md", images: "images/performance" } as const;

/** The commit that is measured, with a `+` where files differ from it. */
export async function currentCommit(): Promise<string> {
  const git = async (...args: string[]) => (await execa("git", args, { cwd: projectRoot, reject: false })).stdout ?? "";
  // What a run writes itself is no difference.
  const changed = await git("status", "--porcelain", "--", ".", ":!docs");
  return `${(await git("rev-parse", "--short", "HEAD")) || "no commit"}${changed === "" ? "" : "+"}`;
}

/** The results of all cases: those of this run in place of older ones. */
export async function mergeResults(folder: string, measured: readonly CaseResult[]): Promise<CaseResult[]> {
  const file = join(folder, files.results);
  const kept = existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as CaseResult[]) : [];
  return merged(kept, measured);
}

/** Newer results in place of older ones, in the order of their ids. */
export function merged(kept: readonly CaseResult[], measured: readonly CaseResult[]): CaseResult[] {
  const byId = new Map([...kept, ...measured].map((result) => [result.id, result]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Writes results, plots, and the document's generated parts. */
export async function writeDocuments(folder: string, results: readonly CaseResult[]): Promise<void> {
  // Loading what draws takes longer than all else here.
  const { breakdownPlot, comparisonPlot, ratiosPlot } = await import("./plots.ts");
  await mkdir(join(folder, files.images), { recursive: true });
  // Five digits are more than any of these clocks is good for.
  const digits = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(5)) : value);
  await writeFile(join(folder, files.results), `${JSON.stringify(results, digits, 1)}\n`);
  const save = async (name: string, svg: Promise<string>) => {
    await writeFile(join(folder, files.images, `${name}.svg`), await svg);
    return `![](${files.images}/${name}.svg)`;
  };
  const parts: Record<string, string> = {
    overview: `${overviewTable(results)}\n\n${await save("ratios", ratiosPlot(results))}`,
    machine: [...new Set(results.map(({ machine }) => machineLine(machine)))].map((line) => `- ${line}`).join("\n"),
  };
  for (const result of results) {
    const { id, comparisons = [], breakdowns = [] } = result;
    const plots: string[] = [];
    for (const [index, one] of comparisons.entries()) plots.push(await save(`${id}-${index + 1}`, comparisonPlot(one)));
    if (breakdowns.length > 0) plots.push(await save(`${id}-parts`, breakdownPlot(breakdowns)));
    parts[id] = [caseSection(result), ...plots].join("\n\n");
  }
  const template = await readFile(join(projectRoot, "docs", files.document), "utf8");
  await writeFile(join(folder, files.document), replaceParts(template, parts));
}
