import { createRequire } from "node:module";
import type { ErrorObject, Options, ValidateFunction } from "ajv";

interface Ajv {
  compile(schema: object | boolean): ValidateFunction;
}

type AjvClass = new (options: Options) => Ajv;

/** The drafts that are known, by what `$schema` names; the first one holds where it names none. */
const drafts = { "2020-12": "ajv/dist/2020.js", "draft-07": "ajv" } as const;
type Draft = keyof typeof drafts;

const require = createRequire(import.meta.url);
const validators = new WeakMap<object, ReturnType<typeof validatorOf>>();

/**
 * A function that says what is wrong with a value, or undefined where it matches the schema.
 *
 * @throws Error that says what is wrong with the schema
 */
export function validatorOf(schema: object | boolean): (value: unknown) => string | undefined {
  const known = typeof schema === "object" ? validators.get(schema) : undefined;
  if (known) return known;
  // Not in the instance for good: two schemas of a definition may have the same `$id`.
  const validate = newAjv(draftOf(schema)).compile(schema);
  const check = (value: unknown) => (validate(value) ? undefined : worded(validate.errors?.[0]));
  if (typeof schema === "object") validators.set(schema, check);
  return check;
}

function draftOf(schema: object | boolean): Draft {
  const named: unknown = typeof schema === "object" ? (schema as { $schema?: unknown }).$schema : undefined;
  if (named === undefined) return "2020-12";
  const name = typeof named === "string" ? named : "";
  if (/\/draft\/2020-12\/schema#?$/.test(name)) return "2020-12";
  if (/\/draft-07\/schema#?$/.test(name)) return "draft-07";
  throw new Error(`its $schema is ${JSON.stringify(named)}; known are the drafts ${Object.keys(drafts).join(", ")}`);
}

/** Ajv is loaded where a definition has a schema, not before: that takes longer than starting without. */
function newAjv(draft: Draft): Ajv {
  const { default: Class } = require(drafts[draft]) as { default: AjvClass };
  const { default: addFormats } = require("ajv-formats") as { default: (ajv: Ajv) => void };
  // Not strict: unknown keywords, such as `example`, say nothing about what is valid.
  const ajv = new Class({ strict: false, logger: false });
  addFormats(ajv);
  return ajv;
}

function worded(error: ErrorObject | undefined): string {
  const { instancePath = "", message = "is wrong", params = {} } = error ?? {};
  const details = params as { additionalProperty?: string; allowedValues?: readonly unknown[] };
  const extra = details.additionalProperty ?? details.allowedValues?.map((one) => JSON.stringify(one)).join(", ");
  return `${instancePath === "" ? "it" : instancePath} ${message}${extra === undefined ? "" : `: ${extra}`}`;
}
