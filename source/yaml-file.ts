import { readFile } from "node:fs/promises";
import { LineCounter, isMap, isPair, isScalar, parseDocument, visit, type Document } from "yaml";
import type { ZodType, z } from "zod";
import { guess } from "../console/did-you-mean.ts";

/** Something wrong in a file, told so that an editor can jump to it. */
export interface Problem {
  readonly file: string;
  /** Line and column, from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** `file:line:column: message`, the form that editors and terminals link. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** What {@link readYamlFile} read. */
type ReadYaml<T> =
  | {
      readonly value: T;
      readonly problems: [];
      /** Where a key is, for what turns out to be wrong later. */
      readonly placeOf: (path: readonly string[]) => Omit<Problem, "message">;
    }
  | { readonly value: undefined; readonly problems: Problem[] };

/**
 * Reads a YAML file by a schema. All problems are collected with their places, none is thrown.
 */
export async function readYamlFile<S extends ZodType>(file: string, schema: S): Promise<ReadYaml<z.output<S>>> {
  const lines = new LineCounter();
  const document = parseDocument(await readFile(file, "utf8"), { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      file,
      ...at(error.pos[0]),
      message: error.message.split("\n")[0] ?? error.code,
    }));
    return { value: undefined, problems };
  }
  const unusable = unusableKeys(document).map((offset) => ({ file, ...at(offset), message: "__proto__ is no key" }));
  if (unusable.length > 0) return { value: undefined, problems: unusable };
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    // An alias of nothing, or very many of aliases.
    return { value: undefined, problems: [{ file, line: 1, column: 1, message: (error as Error).message }] };
  }
  const result = schema.safeParse(raw ?? {});
  if (result.success) {
    const placeOf = (path: readonly string[]) => ({ file, ...at(offsetOf(document, path)) });
    return { value: result.data, problems: [], placeOf };
  }
  const problems = result.error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        file,
        ...at(offsetOf(document, [...path, key])),
        message: `unknown key ${JSON.stringify([...path, key].join("."))}; ${allowedKeys(schema, path, key)}`,
      }));
    }
    const shown = path.length > 0 ? `${path.join(".")}: ` : "";
    const said = issue.code === "invalid_type" ? expectation(issue.expected) : issue.message;
    return [{ file, ...at(offsetOf(document, path)), message: `${shown}${said}${butIs(said, raw, path)}` }];
  });
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { value: undefined, problems };
}

/** Where keys are that an object of JavaScript cannot have, so that they would be lost. */
function unusableKeys(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === "__proto__") offsets.push(key.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** What a value must be, by the name that its type has in the schema. */
function expectation(type: string): string {
  const names: Record<string, string> = {
    string: "a text",
    int: "a whole number",
    number: "a number",
    boolean: "true or false",
    object: "a mapping",
    record: "a mapping",
    array: "a list",
  };
  return `must be ${names[type] ?? type}`;
}

/** The value itself, where it may be shown and says something. */
function butIs(said: string, raw: unknown, path: readonly (string | number)[]): string {
  const [first] = path;
  if (!said.startsWith("must be ") || first === "env" || first === "secrets") return "";
  let value = raw;
  for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
  if (value === undefined) return ", but is missing";
  return typeof value === "object" && value !== null ? "" : `, but is ${JSON.stringify(value).slice(0, 100)}`;
}

function allowedKeys(schema: ZodType, path: readonly (string | number)[], key: string): string {
  let inner: unknown = schema;
  for (const part of path) inner = shapeOf(inner)?.[part];
  const keys = Object.keys(shapeOf(inner) ?? {});
  return keys.length > 0 ? `known here are: ${keys.join(", ")}${guess(key, keys)}` : "remove it";
}

/** The fields of an object schema, looked at through the optional and default wrappers around it. */
function shapeOf(schema: unknown): Record<string | number, unknown> | undefined {
  let current = schema as { shape?: Record<string, unknown>; def?: { innerType?: unknown } } | undefined;
  while (current && !current.shape && current.def?.innerType) current = current.def.innerType;
  return current?.shape;
}

/** The offset of the key at a path, or of the nearest thing above it that is there. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key));
      const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
      if (range) return range[0];
    }
    const node = document.getIn(path.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}
