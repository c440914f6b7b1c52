import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cacheDir } from "../cluster/paths.ts";
import type { Problem } from "../runtimes/workflow/src/definition/index.ts";
import { DefinitionSource, type Path } from "../runtimes/workflow/src/definition/source.ts";

/** The specification's version that the SDK knows; a definition of another patch version is checked as one of it. */
const schemaVersion = "1.0.0";

/**
 * Checks a definition against the specification's JSON schema by the official SDK. It is meant for definitions that
 * passed our own checks, which word more plainly what they know: the schema then finds the little that they leave open.
 *
 * Loading the SDK costs about half a second, so that a definition is remembered once it was found sound.
 */
export async function schemaProblems(text: string, file: string): Promise<Problem[]> {
  const digest = createHash("sha256").update(text).digest("hex");
  const { version } = createRequire(import.meta.url)("@serverlessworkflow/sdk/package.json") as { version: string };
  const verdict = join(cacheDir(), "workflow-schema", `sdk-${version}`, digest);
  if (existsSync(verdict)) return [];
  const source = new DefinitionSource(text, file);
  for (const { path, message } of await violations(source.value)) source.refuse(path, message);
  if (source.problems.length === 0) await remember(verdict);
  return source.problems;
}

/** Only good verdicts are kept; without a cache the next run asks the SDK again. */
async function remember(verdict: string): Promise<void> {
  try {
    await mkdir(join(verdict, ".."), { recursive: true });
    await writeFile(verdict, "");
  } catch {
    // A folder that cannot be written to.
  }
}

interface Violation {
  readonly path: Path;
  readonly message: string;
}

async function violations(value: unknown): Promise<Violation[]> {
  const { default: sdk } = await import("@serverlessworkflow/sdk");
  const definition = value as { document: object };
  try {
    sdk.validate("Workflow", { ...definition, document: { ...definition.document, dsl: schemaVersion } });
    return [];
  } catch (error) {
    return readViolations((error as Error).message);
  }
}

/**
 * Takes the SDK's message apart: `- <instance path> | <schema path> | <message> | <params>` a line. A task must be one of
 * twelve kinds, and the schema says of each wrong task how it is none of the others: that is left out.
 */
export function readViolations(text: string): Violation[] {
  const found = text
    .split("\n\ndata: ")[0]
    ?.split("\n")
    .flatMap((line) => {
      const [, pointer = "", schema = "", message = "", params = "{}"] =
        /^- (.*) \| (\S+) \| (.*) \| (\{.*\})$/.exec(line) ?? [];
      return schema === "" ? [] : [{ pointer, schema, message, params: JSON.parse(params) as Params }];
    });
  const telling = found?.filter((one) => !isNoise(one)) ?? [];
  if (telling.length === 0) {
    const path = found ? deepest(found.map((one) => pathOf(one.pointer))) : [];
    return [{ path, message: "is no definition of Serverless Workflow 1.0; its schema does not say why" }];
  }
  const byPlace = new Map<string, string[]>();
  for (const { pointer, message, params } of telling) {
    byPlace.set(pointer, [...(byPlace.get(pointer) ?? []), worded(message, params)]);
  }
  return [...byPlace].map(([pointer, messages]) => ({
    path: pathOf(pointer),
    message: `${lastOf(pointer)} ${[...new Set(messages)].join(", or ")}`,
  }));
}

interface Params {
  readonly additionalProperty?: string;
  readonly unevaluatedProperty?: string;
  readonly allowedValues?: readonly unknown[];
}

interface Line {
  readonly pointer: string;
  readonly schema: string;
}

function isNoise({ pointer, schema }: Line): boolean {
  // Which of several kinds something is; our own checks have told that already.
  if (/\/(oneOf|anyOf|not|required|unevaluatedProperties)$/.test(schema)) return true;
  // The calls of the language itself, such as `http`, and what they take.
  return /^#\/oneOf\/[0-3]\//.test(schema) || /\/with(\/|$)/.test(pointer);
}

function worded(message: string, { additionalProperty, allowedValues }: Params): string {
  if (additionalProperty !== undefined) return `has ${JSON.stringify(additionalProperty)}, which the language has not`;
  if (allowedValues) return `must be one of ${allowedValues.join(", ")}`;
  if (message === "must NOT have fewer than 1 properties") return "must not be empty";
  return message.replace("must NOT", "must not").replace("object", "a mapping").replace("string", "a text");
}

function pathOf(pointer: string): Path {
  const parts = pointer.split("/").slice(1);
  return parts
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function lastOf(pointer: string): string {
  return pointer === "" ? "the definition" : `\`${String(pathOf(pointer).at(-1))}\``;
}

function deepest(paths: readonly Path[]): Path {
  return paths.reduce((longest, path) => (path.length > longest.length ? path : longest), []);
}
