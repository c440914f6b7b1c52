import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { systemReason, UserError } from "../../console/errors.ts";

/** Where a request's body comes from. */
export type DataSource = { readonly json: string } | { readonly file: string } | "stdin";

/**
 * Reads a `--data` value: JSON text, `@file`, or `@-` for standard input.
 *
 * @throws UserError where the text is no JSON
 */
export function parseDataSource(value: string): DataSource {
  if (value === "@-") return "stdin";
  if (value.startsWith("@")) return { file: value.slice(1) };
  try {
    JSON.parse(value);
  } catch (error) {
    throw new UserError(
      `It is not JSON (${(error as Error).message}); give JSON text, @<file>, or @- for standard input`,
    );
  }
  return { json: value };
}

/**
 * The body as undici takes it; a file and standard input are passed on as they come, however large.
 *
 * @throws UserError where the file cannot be read
 */
export async function openData(source: DataSource): Promise<string | Readable> {
  if (source === "stdin") return process.stdin;
  if ("json" in source) return source.json;
  try {
    const file = await open(source.file);
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw new UserError(`${source.file} is a folder; --data @<file> needs a file with JSON`);
    }
    return createReadStream("", { fd: file });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${source.file} (--data) cannot be read: ${systemReason(error)}`);
  }
}
