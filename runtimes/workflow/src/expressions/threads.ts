import { Worker } from "node:worker_threads";
import { ExpressionError } from "./engine.ts";
import type { Message, Question } from "./worker.ts";

/** Two, so that an expression without an end does not stop those of other runs. */
const most = 2;
/** Milliseconds after which an evaluation is given up, however long its run may take. */
const longest = 30_000;

/** An evaluation that was given up because its signal was aborted. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

interface Job extends Question {
  readonly limit: number;
  done(answer: Exclude<Message, "loaded">): void;
}

const waiting: Job[] = [];
/** Threads that load jq. Node.js breaks down where one is ended before it has, so these are left alone. */
const starting = new Set<Worker>();
const idle: Worker[] = [];
/** Threads at work, and how each is stopped. */
const busy = new Map<Job, () => void>();

/**
 * Runs a jq program on a thread. What takes too long is ended, together with its thread.
 *
 * @param data JSON
 * @returns the values, a line of JSON each
 * @throws ExpressionError where jq refuses it or takes longer than `limit` milliseconds
 * @throws Interrupted where the signal is aborted
 */
export function runOnThread(program: string, data: string, signal: AbortSignal, limit = longest): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void) => {
      signal.removeEventListener("abort", interrupt);
      work();
    };
    const job: Job = {
      program,
      data,
      limit,
      done: (answer) =>
        settle(() => ("values" in answer ? resolve(answer.values) : reject(new ExpressionError(answer.error)))),
    };
    const interrupt = () => {
      settle(() => reject(new Interrupted("the evaluation was given up")));
      const place = waiting.indexOf(job);
      if (place >= 0) waiting.splice(place, 1);
      busy.get(job)?.();
      holdProcess();
    };
    if (signal.aborted) return interrupt();
    signal.addEventListener("abort", interrupt);
    waiting.push(job);
    startNext();
  });
}

/** Starts a thread before the first expression needs it. */
export function warmUp(): void {
  if (idle.length + busy.size + starting.size === 0) startThread();
  holdProcess();
}

/** Gives jobs to threads that are idle, and starts threads for the others, as many as there may be. */
function startNext(): void {
  while (waiting.length > 0 && idle.length > 0) start(waiting.shift() as Job, idle.pop() as Worker);
  while (waiting.length > starting.size && starting.size + busy.size < most) startThread();
  holdProcess();
}

/** A thread that starts keeps the process alive only where a job waits for it. */
function holdProcess(): void {
  for (const thread of starting) {
    if (waiting.length > 0) thread.ref();
    else thread.unref();
  }
}

function startThread(): void {
  const thread = new Worker(new URL("./worker.ts", import.meta.url));
  starting.add(thread);
  const fail = (reason: string) => {
    if (!starting.delete(thread)) return;
    // One job fails for it, or threads that cannot start would be started for ever.
    waiting.shift()?.done({ error: `jq gave up: ${reason}`, spent: true });
    startNext();
  };
  thread.once("error", (error: Error) => fail(error.message));
  thread.once("exit", () => fail("its thread ended"));
  thread.once("message", () => {
    starting.delete(thread);
    keep(thread);
    startNext();
  });
}

/** Listens to a thread no more. Node.js has listeners of its own there, without which no further message comes. */
function forget(thread: Worker): void {
  for (const event of ["message", "error", "exit"]) thread.removeAllListeners(event);
}

/** Keeps a thread for the next job; one that ends meanwhile is forgotten. It must not keep the process alive. */
function keep(thread: Worker): void {
  forget(thread);
  thread.unref();
  idle.push(thread);
  thread.once("error", () => undefined);
  thread.once("exit", () => idle.includes(thread) && idle.splice(idle.indexOf(thread), 1));
}

function start(job: Job, thread: Worker): void {
  forget(thread);
  const finish = (reusable: boolean) => {
    clearTimeout(timer);
    forget(thread);
    busy.delete(job);
    if (reusable) keep(thread);
    else void thread.terminate();
    startNext();
  };
  const fail = (reason: string) => {
    finish(false);
    job.done({ error: reason, spent: true });
  };
  const timer = setTimeout(() => fail(`took longer than ${job.limit / 1000} s`), job.limit);
  busy.set(job, () => finish(false));
  thread.ref();
  thread.once("error", (error: Error) => fail(`jq gave up: ${error.message}`));
  thread.once("exit", () => fail("jq gave up: its thread ended"));
  thread.once("message", (answer: Exclude<Message, "loaded">) => {
    finish("values" in answer || !answer.spent);
    job.done(answer);
  });
  thread.postMessage({ program: job.program, data: job.data } satisfies Question);
}
