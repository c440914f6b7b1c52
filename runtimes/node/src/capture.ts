import { Writable } from "node:stream";
import { currentCall, type Level, type Log } from "./log.ts";
import { redactor } from "./redact.ts";

/** Characters: container runtimes cut log lines at 16 KiB, and a cut line is no JSON any more. */
const longestLine = 8192;

/** Sends what the function prints, and Node's warnings, to the log. Sub-processes still write as they like. */
export function captureOutput(log: Log): PrintedLines[] {
  const out = new PrintedLines(log, "info", "stdout", 1);
  const error = new PrintedLines(log, "warn", "stderr", 2);
  Object.defineProperty(process, "stdout", { value: out, configurable: true, enumerable: true });
  Object.defineProperty(process, "stderr", { value: error, configurable: true, enumerable: true });
  return [out, error];
}

/** A stream whose every line becomes a log line; text without a line break is kept for its run. */
export class PrintedLines extends Writable {
  readonly fd: number;
  readonly isTTY = false;
  readonly #log: Log;
  readonly #level: Level;
  readonly #stream: string;
  readonly #partial = new Map<string, string>();

  constructor(log: Log, level: Level, stream: string, fd: number) {
    super({ decodeStrings: false });
    this.#log = log;
    this.#level = level;
    this.#stream = stream;
    this.fd = fd;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    const owner = currentCall.getStore()?.runId ?? "";
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const lines = ((this.#partial.get(owner) ?? "") + text).split("\n");
    const rest = lines.pop() ?? "";
    if (rest.length > longestLine) lines.push(rest);
    else if (rest !== "") this.#partial.set(owner, rest);
    if (rest === "" || rest.length > longestLine) this.#partial.delete(owner);
    for (const line of lines) this.#emit(line);
    done();
  }

  /** Writes what a run printed without a line break at its end. */
  finish(runId: string): void {
    const rest = this.#partial.get(runId);
    if (rest === undefined) return;
    this.#partial.delete(runId);
    this.#emit(rest, runId);
  }

  #emit(printed: string, runId = currentCall.getStore()?.runId): void {
    const line = redactor.text(printed);
    for (let start = 0; start < Math.max(line.length, 1); start += longestLine) {
      this.#log.line(this.#level, line.slice(start, start + longestLine), { stream: this.#stream }, "", runId);
    }
  }
}
