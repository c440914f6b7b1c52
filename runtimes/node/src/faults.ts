import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { redactor } from "./redact.ts";

// What is told of something that was thrown: name, message and place to users, the trace to the log only.

const longestMessage = 1024;
const longestTrace = 8192;

/** The exception's type: the name that its author gave to it, in whichever way. */
export function nameOf(error: unknown): string {
  return quietly(() => {
    if (!(error instanceof Error)) return typeof error;
    const byClass = error.constructor.name;
    // A class that does not set `name` inherits its base's, which says less than its own; Node's are all NodeErrors.
    return error.name in globalThis && !["", "NodeError"].includes(byClass) ? byClass : error.name;
  }, "Error");
}

/** @param root the folder of the user's code, whose path is of no use to who reads the message */
export function messageOf(error: unknown, root = ""): string {
  const message = quietly(() => String(error instanceof Error ? error.message : error), "");
  return redactor.text(root === "" ? message : withoutRoot(message, root)).slice(0, longestMessage);
}

/** The stack trace, for the log only. */
export function traceOf(error: unknown): string {
  const trace = quietly(() => {
    if (!(error instanceof Error)) return `thrown: ${messageOf(error)}`;
    const stack = error.stack ?? `${error.name}: ${error.message}`;
    const [name, cause] = [nameOf(error), causeOf(error)];
    return (stack.startsWith(`${error.name}: `) ? name + stack.slice(error.name.length) : stack) + cause;
  }, "(its text cannot be made)");
  return redactor.text(trace).slice(0, longestTrace);
}

function causeOf(error: Error): string {
  return error.cause === undefined ? "" : `\ncaused by: ${traceOf(error.cause)}`;
}

/** `file:line` of the innermost place in the user's code; empty where there is none. */
export function placeOf(error: unknown, root: string): string {
  const stack = quietly(() => (error instanceof Error ? (error.stack ?? "") : ""), "");
  for (const line of stack.split("\n")) {
    // A frame (`at f (file:3:5)`), or what V8 puts before the stack of a syntax error (`file:3`).
    const found = /(?:^|\(|at (?:async )?)(file:\/\/[^()]+?|\/[^()]+?):(\d+)(?::\d+)?\)?$/.exec(line);
    if (found?.[1] === undefined) continue;
    const file = quietly(() => (found[1]?.startsWith("file:") ? fileURLToPath(found[1]) : found[1]), "") ?? "";
    if (file.startsWith(`${root}/`)) return `${file.slice(root.length + 1)}:${found[2]}`;
  }
  return placeOfImport(error, root);
}

/** Where a module that is not there is named: Node tells the file, but no line. */
function placeOfImport(error: unknown, root: string): string {
  const text = quietly(() => (error instanceof Error ? error.message : ""), "");
  const found = /^Cannot find (?:package|module) '([^']+)' imported from (\/.+)$/m.exec(text);
  const [, wanted, file] = found ?? [];
  if (wanted === undefined || !file?.startsWith(`${root}/`)) return "";
  const specifier = wanted.slice(wanted.lastIndexOf("/") + 1);
  const lines = quietly(() => readFileSync(file, "utf8").split("\n"), []);
  const at = lines.findIndex((line) => /import|export|from/.test(line) && line.includes(specifier));
  return file.slice(root.length + 1) + (at < 0 ? "" : `:${at + 1}`);
}

function withoutRoot(message: string, root: string): string {
  const [first = ""] = message.split("\nRequire stack:");
  return first.replaceAll(`file://${root}/`, "").replaceAll(`${root}/`, "");
}

/** Whatever the user's own exception does when it is looked at, it must not fail who looks. */
function quietly<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
