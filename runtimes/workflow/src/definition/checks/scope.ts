import type { DefinitionSource, Path } from "../source.ts";
import { isMapping, listed, own, shown, type Mapping } from "./values.ts";

/** An expression, where it stands, and the variables that it may name. */
export interface FoundExpression {
  readonly expression: string;
  readonly path: Path;
  readonly variables: readonly string[];
}

/** What checks know of what is around the thing they check. */
export interface Scope {
  readonly source: DefinitionSource;
  /** Functions that may be called. */
  readonly functions: readonly string[];
  /** What the definition has under `use`. */
  readonly use: unknown;
  /** Variables that expressions may name, without `$`. */
  readonly variables: readonly string[];
  /** Expressions that jq is to look at in the end. */
  readonly found: FoundExpression[];
  /** What tasks refer to of `use`, such as `retries/often`. */
  readonly referenced: Set<string>;
}

export function withVariables(scope: Scope, ...variables: readonly string[]): Scope {
  return { ...scope, variables: [...new Set([...scope.variables, ...variables])] };
}

/**
 * Notes every key that is not supported.
 *
 * @param unsupported keys that the language has and the executor does not, with what to do instead
 */
export function allowKeys(
  value: Mapping,
  path: Path,
  supported: readonly string[],
  { source }: Scope,
  unsupported: Readonly<Record<string, string>> = {},
): void {
  const known = supported.length > 0 ? `supported here are: ${listed(supported)}` : "nothing is known here; remove it";
  for (const key of Object.keys(value)) {
    if (supported.includes(key)) continue;
    const why = Object.hasOwn(unsupported, key) ? `is not supported: ${unsupported[key]}` : "is unknown";
    source.refuse([...path, key], `\`${key}\` ${why}; ${known}`);
  }
}

/** A mapping; what is none is noted. */
export function mappingAt(value: unknown, path: Path, needed: string, { source }: Scope): Mapping | undefined {
  if (isMapping(value)) return value;
  source.refuse(path, `\`${String(path.at(-1))}\` must be ${needed}, but is ${shown(value)}`);
  return undefined;
}

/** What a task refers to by name under `use`, with its path; a name that is not there is noted. */
export function reusable(
  section: string,
  name: string,
  path: Path,
  scope: Scope,
): { readonly value: unknown; readonly path: Path } | undefined {
  const entries = own(scope.use, section);
  if (own(entries, name) === undefined) {
    const names = isMapping(entries) ? Object.keys(entries) : [];
    const known = names.length > 0 ? `there is: ${listed(names)}` : `\`use.${section}\` has none`;
    scope.source.refuse(path, `there is no ${shown(name)} under \`use.${section}\`; ${known}`);
    return undefined;
  }
  scope.referenced.add(`${section}/${name}`);
  return { value: own(entries, name), path: ["use", section, name] };
}
