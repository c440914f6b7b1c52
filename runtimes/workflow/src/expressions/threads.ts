import { Worker } from "node:worker_threads";
import { ExpressionError } from "./engine.ts";
import type { Answer, Question } from "./worker.ts";

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
  done(answer: Answer): void;
}

const waiting: Job[] = [];
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
    };
    if (signal.aborted) return interrupt();
    signal.addEventListener("abort", interrupt);
    waiting.push(job);
    startNext();
  });
}

/** Starts a thread before the first expression needs it. */
export function warmUp(): void {
  if (idle.length + busy.size === 0) keep(newThread());
}

function startNext(): void {
  if (busy.size >= most) return;
  const job = waiting.shift();
  if (job) start(job, idle.pop() ?? newThread());
}

function newThread(): Worker {
  const thread = new Worker(new URL("./worker.ts", import.meta.url));
  // A thread that waits for work must not keep the process alive.
  thread.unref();
  return thread;
}

/** Keeps a thread for the next job; one that ends meanwhile is forgotten. */
function keep(thread: Worker): void {
  idle.push(thread);
  thread.once("error", () => undefined);
  thread.once("exit", () => idle.includes(thread) && idle.splice(idle.indexOf(thread), 1));
}

function start(job: Job, thread: Worker): void {
  thread.removeAllListeners();
  const finish = (reusable: boolean) => {
    clearTimeout(timer);
    thread.removeAllListeners();
    busy.delete(job);
    thread.unref();
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
  thread.once("message", (answer: Answer) => {
    finish("values" in answer || !answer.spent);
    job.done(answer);
  });
  thread.postMessage({ program: job.program, data: job.data } satisfies Question);
}
