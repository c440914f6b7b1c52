import { styleText } from "node:util";
import { logEntry } from "./log-entry.ts";
import { withoutControls } from "./plain-text.ts";

/** Colours that are told apart on dark and light terminals. */
const colours = ["cyan", "magenta", "yellow", "green", "blue", "red"] as const;

/** Fields that say nothing to a person who runs things locally, or are shown in another way. */
const hidden = new Set(["ts", "level", "msg", "function", "workflow", "revision", "runId", "stream", "error", "trace"]);

/** What is cut where it is long: the whole input of a call would push everything else off the screen. */
const payloads = new Set(["input", "output", "inputStart", "outputStart"]);
const shownCharacters = 200;

/**
 * Makes the logs of several processes readable as one stream: time, who, what; each process has its colour. What they
 * write moves no cursor: control characters are shown as text. Long inputs and outputs are cut.
 *
 * @param names all that will write, for one width of their column
 * @param colour whether the stream shows colours
 */
export function createLogView(names: readonly string[], colour: boolean): (name: string, line: string) => string {
  const width = Math.max(...names.map((name) => name.length));
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return (name, line) => {
    const own = colours[names.indexOf(name) % colours.length] ?? "cyan";
    const head = paint(own, name.padEnd(width));
    const entry = parsed(line);
    if (entry === undefined) return `${head}  ${withoutControls(line)}`;
    const level = String(entry.level);
    const style = level === "error" ? "red" : level === "warn" ? "yellow" : undefined;
    const msg = withoutControls(String(entry.msg));
    const message = style === undefined ? msg : paint(style, msg);
    const fields = Object.entries(entry)
      .filter(([key]) => !hidden.has(key))
      .map(([key, value]) => withoutControls(`${key}=${shown(key, value)}`));
    const time = paint("dim", withoutControls(String(entry.ts).slice(11, 23)));
    const text = [time, head, "", message, ...(fields.length > 0 ? [paint("dim", fields.join(" "))] : [])].join(" ");
    return [
      text,
      ...details(entry).map((detail) => `${" ".repeat(13)}${head}  ${paint("dim", withoutControls(detail))}`),
    ].join("\n");
  };
}

function shown(key: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (!payloads.has(key) || text.length <= shownCharacters) return text;
  const characters = Array.from(text);
  return `${characters.slice(0, shownCharacters).join("")}… (${characters.length} characters)`;
}

/** What belongs to an error: its message where the line has none, and the stack trace. */
function details(entry: Readonly<Record<string, unknown>>): string[] {
  const error = entry.error as { type?: string; exception?: string; message?: string; trace?: string } | undefined;
  const trace = error?.trace ?? entry.trace;
  if (typeof trace === "string") return trace.trimEnd().split("\n");
  return error?.message === undefined ? [] : [`${error.exception ?? error.type ?? "Error"}: ${error.message}`];
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  const entry = line.startsWith("{") ? logEntry(line) : undefined;
  return typeof entry?.msg === "string" ? entry : undefined;
}
