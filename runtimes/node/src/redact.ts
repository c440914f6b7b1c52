// Keeps the values of secret variables out of all that the runtime itself writes: the log, errors, the reason of an end.
import { inspect } from "node:util";

/** Characters: a shorter value is in too many texts that have nothing to do with it. */
const shortestValue = 4;
/** The same of one line of a value that has several: what is printed is logged line by line. */
const shortestLine = 8;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts `[secret NAME]` in place of the values that `KNFLOW_SECRET_VARIABLES` names; as they are, and as JSON and `inspect`
 * (so `console.log`) write them, also of a text that these have written.
 */
export class Redactor {
  /** Bytes of the longest text that is replaced; 0 where nothing is. */
  readonly longest: number;
  readonly #names = new Map<string, string>();
  readonly #pattern: RegExp;

  constructor(env: Environment) {
    for (const name of (env.KNFLOW_SECRET_VARIABLES ?? "").split(",")) {
      for (const text of partsOf(env[name] ?? "")) {
        for (const form of formsOf(text)) if (!this.#names.has(form)) this.#names.set(form, name);
      }
    }
    const forms = [...this.#names.keys()].sort((one, other) => other.length - one.length);
    this.longest = Math.max(0, ...forms.map((form) => Buffer.byteLength(form)));
    // Longer ones first, and what has been put in place is left alone.
    this.#pattern = new RegExp(["\\[secret [A-Za-z0-9_]+\\]", ...forms.map(escaped)].join("|"), "gu");
  }

  text(text: string): string {
    if (this.longest === 0) return text;
    return text.replace(this.#pattern, (found) => {
      const name = this.#names.get(found);
      return name === undefined ? found : `[secret ${name}]`;
    });
  }

  /** For `JSON.stringify`: the same of every text in an object; undefined where nothing is replaced. */
  get replacer(): ((key: string, value: unknown) => unknown) | undefined {
    if (this.longest === 0) return undefined;
    return (_key, value) => (typeof value === "string" ? this.text(value) : value);
  }

  /** The same of a text's beginning; a value that the end would cut in two is replaced whole. */
  start(text: string, length: number): string {
    if (this.longest === 0) return text.slice(0, length);
    let end = length;
    for (const { index, 0: found } of text.matchAll(this.#pattern)) {
      if (index < length) end = Math.max(end, index + found.length);
    }
    return this.text(text.slice(0, end));
  }
}

function partsOf(value: string): Set<string> {
  if ([...value].length < shortestValue) return new Set();
  const bare = withoutBlanks(value);
  const lines = bare.split(/[\r\n]/).map(withoutBlanks);
  const whole = [value, bare].filter((part) => [...part].length >= shortestValue);
  return new Set([...whole, ...lines.filter((line) => [...line].length >= shortestLine)]);
}

function withoutBlanks(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

function formsOf(text: string): Set<string> {
  let forms = new Set([text]);
  // The second time for what is printed of a message that holds a printed object.
  for (let depth = 0; depth < 2; depth++) forms = new Set([...forms, ...[...forms].flatMap(written)]);
  return forms;
}

function written(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  // Whether `inspect` escapes quotes depends on all quotes of the text that a value is part of.
  const parts = text.split("'").map((part) => inspect(part, wholeTexts).slice(1, -1));
  return [json, asciiOf(json), parts.join("'"), parts.join("\\'")];
}

const wholeTexts = { breakLength: Infinity, maxStringLength: Infinity } as const;

function asciiOf(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Of this process, as its environment was at the start. */
export const redactor = new Redactor(process.env);
