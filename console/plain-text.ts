import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { homedir } from "node:os";
import { stripVTControlCharacters } from "node:util";

/** Text of any origin on one line: no control sequences, no line breaks, single spaces. */
export function singleLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

/**
 * Text of any origin for a terminal: control characters but tabs and line breaks become visible, such as `\x1b`, so that
 * they neither move the cursor nor set the window's title.
 */
export function withoutControls(text: string): string {
  return text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** A path as people write it, with `~` for the home folder. */
export function displayPath(path: string): string {
  const home = homedir();
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/**
 * The last lines of a log, blank ones at its end aside, without control sequences; a line that a program rewrote with
 * carriage returns is given as it stood last. Empty where the file is missing or empty.
 */
export function logTail(path: string, lines: number): string[] {
  const text = stripVTControlCharacters(readEnd(path, 64 * 1024)).trimEnd();
  if (text === "") return [];
  return text
    .split(/\r?\n/)
    .slice(-lines)
    .map((line) => line.slice(line.lastIndexOf("\r") + 1).trimEnd());
}

function readEnd(path: string, bytes: number): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(size, bytes));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8");
  } finally {
    closeSync(file);
  }
}
