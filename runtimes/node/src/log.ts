import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { redactor } from "./redact.ts";

export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/** Milliseconds that a line waits in all for whoever reads the log. */
const mostWaits = 1000;

/** The call that the present code works for: what it prints and what it throws late belong to that call. */
export const currentCall = new AsyncLocalStorage<{ readonly runId: string; fail(error: unknown): void }>();

/** The log: one JSON object a line on standard output, written at once, so that an end of any kind loses no line. */
export class Log {
  readonly #threshold: number;
  readonly #fixed: string;

  /** @param fixed what every line carries; empty values are left out */
  constructor(level: Level, fixed: Readonly<Record<string, string>>) {
    this.#threshold = levels.indexOf(level);
    const members = Object.entries(fixed).filter(([, value]) => value !== "");
    this.#fixed = members.map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`).join("");
  }

  enabled(level: Level): boolean {
    return levels.indexOf(level) >= this.#threshold;
  }

  /**
   * Writes a line.
   *
   * @param raw members that are JSON already (`,"input":...`), put in as they are
   */
  line(level: Level, msg: string, fields?: object, raw = "", runId = currentCall.getStore()?.runId): void {
    if (!this.enabled(level)) return;
    const run = runId === undefined ? "" : `,"runId":"${runId}"`;
    const more = fields === undefined ? "" : JSON.stringify(fields, redactor.replacer).slice(1, -1);
    const head = `{"ts":"${new Date().toISOString()}","level":"${level}","msg":${JSON.stringify(redactor.text(msg))}${run}`;
    write(`${head}${more === "" ? "" : `,${more}`}${this.#fixed}${raw}}\n`);
  }
}

/** A pipe that does not block takes as much as it has room for; its reader is waited for then, for a while. */
function write(text: string): void {
  const line = Buffer.from(text);
  for (let at = 0, waits = 0; at < line.length && waits < mostWaits;) {
    try {
      at += writeSync(1, line, at);
    } catch (error) {
      // Whoever read the log is gone: no reason to fail a request.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      waits++;
    }
  }
}

/**
 * The members that log a text: whole up to `limit` bytes, beyond it its beginning. A limit of 0 logs the size alone.
 *
 * @param isJson the text is JSON and is put in as it is
 */
export function payload(name: string, text: string | Buffer, isJson: boolean, limit: number): string {
  const size = typeof text === "string" ? Buffer.byteLength(text) : text.length;
  if (size <= limit) return `,"${name}":${whole(text.toString(), isJson)}`;
  if (limit === 0) return `,"${name}Bytes":${size}`;
  const decoded = (end: number) => {
    const bytes = typeof text === "string" ? Buffer.from(text.slice(0, end)) : text;
    return new TextDecoder("utf-8").decode(bytes.subarray(0, end), { stream: true });
  };
  const start = redactor.start(decoded(limit + redactor.longest), decoded(limit).length);
  return `,"${name}Start":${JSON.stringify(start)},"${name}Bytes":${size}`;
}

function whole(text: string, isJson: boolean): string {
  const clean = redactor.text(text);
  // A number may have been secret.
  if (!isJson || (clean !== text && !canParse(clean))) return JSON.stringify(clean);
  // Line breaks can only be white space between JSON tokens, never part of a value.
  return clean.replace(/[\r\n]/g, " ");
}

function canParse(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The log of a function, with the names that every line carries. */
export function functionLog(settings: {
  readonly logLevel: Level;
  readonly function: string;
  readonly workflow: string;
  readonly revision: string;
}): Log {
  const { function: name, workflow, revision } = settings;
  return new Log(settings.logLevel, { function: name, workflow, revision });
}
