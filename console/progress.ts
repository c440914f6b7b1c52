import { AsyncLocalStorage } from "node:async_hooks";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./errors.ts";
import { createLiveView } from "./live-view.ts";
import { logTail, singleLine } from "./plain-text.ts";
import { createPlainView } from "./plain-view.ts";

/** What the work of a step may use to tell how it goes. */
export interface Step {
  /** The step's own log file (absolute where `logDir` is); it exists and is empty when the work starts. */
  readonly log: string;
  /** Replaces the detail shown after the title, such as "compiling, 3 of 7"; made one line. */
  note(text: string): void;
}

/**
 * Long work, told step by step. Steps may run at the same time, and a step's work may run steps of its own: they are
 * shown inside it and counted apart.
 *
 * @example
 * const progress = createProgress({ logDir });
 * progress.plan(2);
 * await progress.run("build etcd 3.6.5", (step) => execa("go", ["build"], { all: true, stdio: ["ignore", { file: step.log }, { file: step.log }] }));
 */
export interface Progress {
  /**
   * Runs the work as a step and gives what it gives. Where it throws, the step is shown as failed with the end of its
   * log and the log's path, and the error goes on to the caller.
   */
  run<T>(title: string, work: (step: Step) => Promise<T>): Promise<T>;
  /** How many steps there will be in all, for "3/12"; called inside a step's work: how many steps inside that one. */
  plan(total: number): void;
}

/** A failure that brings the lines which tell why; shown below the failed step instead of its log's end. */
export class FailedStep extends UserError {
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[]) {
    super(message);
    this.lines = lines;
  }
}

export interface ProgressOptions {
  /** Folder of the steps' logs, `<nn>-<title>.log` each; made when the first step starts. */
  logDir: string;
  /** Where progress is shown. Default: standard error, so that standard output holds results alone. */
  stream?: NodeJS.WriteStream;
  /** False where other lines are written beside it, which would tear a live view. Default true. */
  live?: boolean;
  /** Off a terminal: how many seconds of a running step without a line until one says that it still runs. Default 30. */
  heartbeatSeconds?: number;
}

/** A step as the views see it. */
export interface StepState {
  readonly title: string;
  /** "2/7" where the number of steps is known, else "". */
  readonly count: string;
  readonly log: string;
  /** The step inside which this one runs. */
  readonly parent: StepState | undefined;
  /** milliseconds, as `performance.now()` */
  readonly startedAt: number;
  note: string;
}

/** One way of showing steps. */
export interface ProgressView {
  started(step: StepState): void;
  /** @param why lines that tell why the step failed, empty where nothing more is known; undefined where it succeeded */
  finished(step: StepState, why: readonly string[] | undefined): void;
}

/** Live on a terminal; plain lines where the stream is none, where `CI` is set and on a dumb terminal. */
export function createProgress(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr;
  const view =
    options.live !== false && isLive(stream)
      ? createLiveView(stream, options.logDir)
      : createPlainView(stream, (options.heartbeatSeconds ?? 30) * 1000);
  return new StepRunner(options.logDir, view);
}

function isLive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && (process.env.CI ?? "false") === "false" && process.env.TERM !== "dumb";
}

/** The steps directly inside one step, or the outermost ones. */
interface Level {
  readonly step: StepState | undefined;
  started: number;
  planned: number;
}

class StepRunner implements Progress {
  readonly #logDir: string;
  readonly #view: ProgressView;
  readonly #outermost: Level = { step: undefined, started: 0, planned: 0 };
  readonly #inside = new AsyncLocalStorage<Level>();
  /** Errors whose cause was shown with a log already, so that the steps around the failed one don't repeat it. */
  readonly #shown = new WeakSet<object>();
  #logs = 0;

  constructor(logDir: string, view: ProgressView) {
    this.#logDir = logDir;
    this.#view = view;
  }

  plan(total: number): void {
    this.#level().planned = total;
  }

  async run<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    const level = this.#level();
    level.started += 1;
    const state: StepState = {
      title: singleLine(title),
      count: level.started <= level.planned ? `${level.started}/${level.planned}` : "",
      log: this.#newLog(title),
      parent: level.step,
      startedAt: performance.now(),
      note: "",
    };
    const step: Step = {
      log: state.log,
      note: (text) => {
        state.note = singleLine(text);
      },
    };
    this.#view.started(state);
    try {
      const result = await this.#inside.run({ step: state, started: 0, planned: 0 }, () => work(step));
      this.#view.finished(state, undefined);
      return result;
    } catch (error) {
      this.#view.finished(state, this.#linesOf(error, state.log));
      throw error;
    }
  }

  #level(): Level {
    return this.#inside.getStore() ?? this.#outermost;
  }

  #newLog(title: string): string {
    mkdirSync(this.#logDir, { recursive: true });
    const name = title
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, "-")
      .replace(/^[-.]+|-+$/g, "");
    this.#logs += 1;
    const path = join(this.#logDir, `${String(this.#logs).padStart(2, "0")}-${name.slice(0, 60) || "step"}.log`);
    writeFileSync(path, "");
    return path;
  }

  #linesOf(error: unknown, log: string): readonly string[] {
    if (typeof error !== "object" || error === null) return logTail(log, failedLogLines);
    if (this.#shown.has(error)) return [];
    this.#shown.add(error);
    return error instanceof FailedStep ? error.lines : logTail(log, failedLogLines);
  }
}

const failedLogLines = 20;
