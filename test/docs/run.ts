import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { waitFor } from "../runtime/support/wait.ts";
import { ruleOf, type Coverage, type Runner } from "./coverage.ts";
import { blocksOf, commandsOf, documents, type Block, type Command } from "./documents.ts";

/** Where a page's commands are run. */
export interface Place {
  /** A copy of the project that is the test's own. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stands in pages for names and addresses of the reader's, and what it is here. */
  readonly names?: readonly (readonly [string, string])[];
  /** Whether files that blocks show are written. */
  readonly files?: boolean;
  readonly end?: () => Promise<void>;
}

interface Finished {
  readonly stdout: string;
}

/** Seconds that a command may take to say that it works. */
const patienceSeconds = 60;

/** The file that a block of a page is to be written to: its first line says so, in a comment. */
const fileLine = /^(?:#|\/\/) ([\w./-]+\.(?:py|ts|ya?ml))\n/;

/**
 * A test for each page that has commands of a suite: it runs them in their order. Where a block of `json` follows, it has to be
 * what the last command wrote; `jsonc` shows what is another one each time.
 *
 * @param open makes the place of a page's commands, or gives one that pages share
 */
export function runDocuments(suite: Runner, open: () => Promise<Place>): void {
  /** What was run already in the same place, by which pages that say the same cost nothing. */
  const known = new Map<string, Promise<Finished>>();
  for (const document of documents) {
    const own = blocksOf(document)
      .filter(isShell)
      .flatMap(commandsOf)
      .filter((command) => coverageIn(suite, command));
    if (own.length === 0) continue;
    it(`${document}: ${own.length} command${own.length === 1 ? "" : "s"}`, async () => {
      const place = await open();
      try {
        await runDocument(suite, document, place, known);
      } finally {
        await place.end?.();
      }
    }).timeout(300_000);
  }
}

async function runDocument(
  suite: Runner,
  document: string,
  place: Place,
  known: Map<string, Promise<Finished>>,
): Promise<void> {
  const written: string[] = [];
  let last: Finished | undefined;
  for (const block of blocksOf(document)) {
    if (block.language === "json" && last !== undefined) {
      assert.deepEqual(JSON.parse(last.stdout), JSON.parse(block.text), `${block.file}:${block.line}`);
    }
    last = undefined;
    if (place.files && fileLine.test(block.text)) {
      await writeBlock(block, place.folder);
      written.push(block.text);
    }
    for (const command of isShell(block) ? commandsOf(block) : []) {
      const coverage = coverageIn(suite, command);
      if (coverage === undefined) continue;
      const text = (place.names ?? []).reduce((all, [from, to]) => all.replaceAll(from, to), command.text);
      const key = JSON.stringify([place.folder, written, text]);
      const result = known.get(key) ?? runCommand({ ...command, text }, coverage, place);
      known.set(key, result);
      last = await result;
    }
  }
}

function isShell({ language }: Block): boolean {
  return language === "sh";
}

type Run = Extract<Coverage, { by: Runner }>;

/** How a suite runs a command; nothing where it does not. */
function coverageIn(suite: Runner, command: Command): Run | undefined {
  const coverage = ruleOf(command)?.coverage;
  return coverage?.by === suite ? coverage : undefined;
}

async function writeBlock({ text }: Block, folder: string): Promise<void> {
  const path = join(folder, fileLine.exec(text)?.[1] ?? "");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function runCommand(command: Command, { until, eventually }: Run, place: Place): Promise<Finished> {
  if (until !== undefined) return runUntil(command, until, place);
  if (!eventually) return runOnce(command, place);
  return waitFor(command.text, () => runOnce(command, place).catch(() => undefined), patienceSeconds);
}

async function runOnce(command: Command, place: Place): Promise<Finished> {
  const { exitCode, stdout, all } = await execa("bash", bashArguments(command), {
    ...optionsOf(place),
    // What is asked for, such as the value of a secret.
    input: "a value\n",
  });
  assert.equal(exitCode, 0, `${command.file}:${command.line}: ${command.text}\n${all}`);
  return { stdout };
}

/** Runs a command that goes on until it says that it works, and interrupts it as Ctrl-C does. */
async function runUntil(command: Command, until: RegExp, place: Place): Promise<Finished> {
  const child = execa("bash", bashArguments(command), { ...optionsOf(place), stdin: "ignore", detached: true });
  let output = "";
  child.all.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const late = AbortSignal.timeout(patienceSeconds * 1000);
  try {
    while (!until.test(output)) await Promise.race([once(child.all, "data", { signal: late }), ended(child)]);
  } catch (error) {
    throw new Error(`${command.file}:${command.line}: ${command.text} does not say ${until}:\n${output}`, {
      cause: error,
    });
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    await child;
  }
  return { stdout: output };
}

async function ended(child: PromiseLike<unknown>): Promise<never> {
  await child;
  throw new Error("it ended");
}

/** `npx knflow` without npm, whose start would be half of the time. */
const npx = `npx() { shift; "${process.execPath}" cli/knflow.js "$@"; }`;

function bashArguments({ text }: Command): string[] {
  return ["-c", `set -euo pipefail\n${npx}\n${text}`];
}

function optionsOf({ folder, env }: Place) {
  return { cwd: folder, env, all: true, reject: false } as const;
}
