import { withoutControls } from "../console/plain-text.ts";

/** A line of a runtime's log, as docs/reference/runtime-protocol.md states it. */
interface LogLine {
  readonly msg?: unknown;
  readonly error?: { readonly trace?: unknown };
}

/**
 * The end of a container's log for a person who reads an error: the messages of structured lines and their stack
 * traces, other lines as they are; control characters are shown as text.
 *
 * @param log what the container wrote
 * @param reason what the reader was told already; lines that only say this again are left out
 * @returns lines without a line break at the end; empty where the log adds nothing
 */
export function logExcerpt(log: string, reason: string): string {
  const lines = log.split("\n").flatMap((line) => readable(line, reason));
  return withoutControls(lines.join("\n")).trimEnd();
}

function readable(line: string, reason: string): string[] {
  const parsed = structured(line);
  if (parsed === undefined) return line.trim() === "" ? [] : [line];
  const { msg, error } = parsed;
  const message = typeof msg === "string" && !msg.includes(reason) ? [msg] : [];
  const trace = typeof error?.trace === "string" ? error.trace.trimEnd().split("\n") : [];
  return [...message, ...trace];
}

function structured(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
