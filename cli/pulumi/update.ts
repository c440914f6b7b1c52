import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import { FailedStep, type Step } from "../../console/progress.ts";
import { Interrupted, stopOnInterrupt } from "../interrupt.ts";
import { projectRoot } from "../root.ts";
import type { StackAccess } from "../stack.ts";
import { inTemporaryFolder } from "../temporary-folder.ts";
import { isStaleLock } from "./stale-lock.ts";
import { afterEvent, diagnosticLines, noEventsYet, progressNote, type UpdateState } from "./events.ts";

const eventPollMilliseconds = 150;

/**
 * Selects a stack for plain pulumi commands too, and creates it where it is not there.
 *
 * @throws UserError with what pulumi says
 */
export async function selectStack(access: StackAccess, step: Step): Promise<void> {
  await pulumi(["stack", "select", "--create", access.stack], access, step);
}

/**
 * Runs `pulumi up` on a stack, telling in the step's note how it goes; all that pulumi prints is in the step's log. Where an
 * update before was killed, its lock is taken away, and what it was about to make is looked for first.
 *
 * @returns the resources by what happened to them, such as `{ create: 3, same: 12 }`
 * @throws UserError with pulumi's diagnostics
 */
export async function update(access: StackAccess, step: Step): Promise<Readonly<Record<string, number>>> {
  try {
    return await updateOnce(access, step);
  } catch (error) {
    if (!(error instanceof UserError) || !isStaleLock(error.message)) throw error;
  }
  const { stack } = access;
  step.note("an update before was killed: looking for what it made");
  await pulumi(["cancel", "--yes", "--stack", stack], access, step);
  const refresh = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", stack];
  await pulumi(refresh, access, step);
  return updateOnce(access, step);
}

function updateOnce(access: StackAccess, step: Step): Promise<Readonly<Record<string, number>>> {
  return inTemporaryFolder("knflow-events-", async (folder) => {
    const eventLog = join(folder, "events.jsonl");
    const events = followEvents(eventLog, (state) => step.note(progressNote(state)));
    const args = ["up", "--yes", "--skip-preview", "--stack", access.stack, "--event-log", eventLog];
    const failure = await pulumi(args, access, step).then(
      () => undefined,
      (error: Error) => error,
    );
    const { diagnostics, summary } = events.end();
    if (failure instanceof Interrupted) throw failure;
    // A program can report errors and still let pulumi exit with 0.
    if (diagnostics.some(({ severity }) => severity === "error")) {
      throw new FailedStep(
        `pulumi up of stack ${access.stack} failed; the reason stands above`,
        diagnosticLines(diagnostics),
      );
    }
    if (failure !== undefined) throw failure;
    return summary ?? {};
  });
}

/** Runs pulumi in a process group of its own: an interrupt reaches it once, and it ends the operation it is in. */
async function pulumi(args: string[], { stack, environment }: StackAccess, step: Step): Promise<void> {
  const child = execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd: projectRoot,
    // --event-log is one of the flags that this variable switches on; Pulumi's own Automation API does the same.
    env: { ...environment, PULUMI_DEBUG_COMMANDS: "true" },
    stdin: "ignore",
    stdout: { file: step.log, append: true },
    stderr: ["pipe", { file: step.log, append: true }],
    detached: true,
    reject: false,
  });
  const result = await stopOnInterrupt(
    () => {
      step.note("interrupted: pulumi ends the operations it is in (interrupt again to leave them half done)");
      child.kill("SIGINT");
    },
    () => child,
  );
  if (!result.failed) return;
  const said = result.stderr
    .split("\n")
    .filter((line) => !line.startsWith("warning: "))
    .join("\n")
    .trim()
    .replace(/^error: /, "");
  throw new UserError(
    `pulumi ${args[0]} failed${said === "" ? ` (${result.shortMessage})` : `: ${said}`}${adviceOn(said, stack)}`,
  );
}

function adviceOn(said: string, stack: string): string {
  if (!said.includes("the stack is currently locked")) return "";
  const free = `eval "$(npx knflow env --stack ${stack})" && pulumi cancel --yes --stack ${stack}`;
  return `\nIf no pulumi runs any more (it was killed), free the stack: ${free}`;
}

/** Reads the engine's events while they are written. */
function followEvents(file: string, onChange: (state: UpdateState) => void) {
  let state = noEventsYet;
  let position = 0;
  let rest = "";
  const decoder = new StringDecoder("utf8");

  const read = () => {
    const added = readFrom(file, position);
    if (added.length === 0) return;
    position += added.length;
    const lines = (rest + decoder.write(added)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) state = afterEvent(state, JSON.parse(line) as EngineEvent);
    onChange(state);
  };

  const timer = setInterval(read, eventPollMilliseconds);
  return {
    /** Stops following, once all that is written has been read. */
    end(): UpdateState {
      clearInterval(timer);
      read();
      return state;
    },
  };
}

/** What a file holds from a position on; nothing where there is no such file yet. */
function readFrom(file: string, position: number): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0);
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(fstatSync(handle).size - position);
    return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, position));
  } finally {
    closeSync(handle);
  }
}
