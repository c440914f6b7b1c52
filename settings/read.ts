import { ZodObject, ZodOptional, type ZodType } from "zod";
import { closest } from "../console/did-you-mean.ts";
import { UserError } from "../console/errors.ts";
import { settingsKeys, type SettingsKeys } from "./keys.ts";

/**
 * Checks a stack's configuration. Pulumi hands every value over as a string; a value is read as what its key expects.
 *
 * @param values the values below `knflow:`, by name without that prefix
 * @param inClear names of those that the configuration does not keep as secrets
 * @throws UserError with everything that is wrong, at once
 */
export function readKeys(values: Readonly<Record<string, string>>, inClear: readonly string[] = []): SettingsKeys {
  const given = Object.entries(values).filter(([key, text]) => !isUnset(key, text));
  const raw = Object.fromEntries(given.map(([key, text]) => [key, decode(key, text)]));
  const result = settingsKeys.safeParse(raw);
  const clear = inClear
    .filter((key) => secretKeys.has(key) && key in raw)
    .map(
      (key) => `knflow:${key} stands in clear, but is a secret; "pulumi config set --secret knflow:${key}" asks for it`,
    );
  const wrong = (result.error?.issues ?? []).flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey([...issue.path.map(String), key]));
    const name = issue.path.map(String).join(".");
    const key = String(issue.path[0]);
    const text = values[key];
    const hidden = secretKeys.has(key) || /:\/\/[^/]*@/.test(text ?? "");
    const shown = text === undefined ? "" : `, but is ${hidden ? "something else" : JSON.stringify(text)}`;
    return [`knflow:${name} ${issue.message}${shown}`];
  });
  const problems = [...clear, ...wrong];
  if (result.success && problems.length === 0) return result.data;
  throw wrongSettings(problems);
}

/** The error that tells of everything that is wrong with a stack's settings. */
export function wrongSettings(problems: readonly string[]): UserError {
  return new UserError(`the stack's settings are wrong:\n${problems.map((line) => `  ${line}`).join("\n")}`);
}

/** Settings whose values no message may hold. */
const secretKeys: ReadonlySet<string> = new Set<keyof SettingsKeys>(["runStoreUrl"]);

/** Whether a setting without a default has the empty text or object, by which Pulumi.yaml declares that it is not set. */
export function isUnset(key: string, text: string): boolean {
  const schema = schemaOf(key);
  return schema instanceof ZodOptional && text === (schema.unwrap() instanceof ZodObject ? "{}" : "");
}

function schemaOf(key: string): ZodType | undefined {
  // Every object has a "constructor" and a "toString".
  return Object.hasOwn(settingsKeys.shape, key) ? (settingsKeys.shape as Record<string, ZodType>)[key] : undefined;
}

/** Objects and numbers come as JSON text; everything else is the text itself. */
function decode(key: string, text: string): unknown {
  const schema = schemaOf(key);
  if (!schema || schema.safeParse(text).success) return text;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "string" ? text : value;
  } catch {
    return text;
  }
}

function unknownKey(path: readonly string[]): string {
  const known = Object.keys(settingsKeys.shape);
  if (path.length > 1) return `knflow:${path.join(".")} is unknown`;
  const name = path[0] ?? "";
  const near = closest(name, known);
  return `knflow:${name} is unknown; ${near ? `did you mean knflow:${near}?` : `known are: ${known.join(", ")}`}`;
}
