import { shortDigest } from "../console/digest.ts";

/** Digests of what is, or should be, deployed; a stack's outputs are one. */
export interface Digests {
  readonly workflows: Readonly<Record<string, { readonly digest: string; readonly functions: Functions }>>;
}

/** sha256 of definitions and of functions' code, by `<workflow>` and `<workflow>/<function>`. */
export type DigestsByName = ReadonlyMap<string, string>;

type Functions = Readonly<Record<string, { readonly digest: string }>>;

/** A workflow or function that two sides do not have in common. */
export interface Difference {
  /** `<workflow>` for its definition, or `<workflow>/<function>` */
  readonly name: string;
  /** The sha256 of each side; undefined where that has no such workflow or function. */
  readonly one: string | undefined;
  readonly other: string | undefined;
}

/** The workflows and functions whose digests differ, by name. */
export function differences(one: Digests, other: Digests): Difference[] {
  return differencesByName(digestsByName(one), digestsByName(other));
}

/** The names whose digests differ. */
export function differencesByName(ones: DigestsByName, others: DigestsByName): Difference[] {
  return [...new Set([...ones.keys(), ...others.keys()])]
    .sort()
    .map((name) => ({ name, one: ones.get(name), other: others.get(name) }))
    .filter(({ one, other }) => one !== other);
}

/** @example "wordcount/count: stack dev runs 0f3a…, the commit has 77b1…" */
export function describeDifference({ name, one, other }: Difference, ones: string, others: string): string {
  const side = (who: string, digest: string | undefined) =>
    digest === undefined ? `${who} has none` : `${who} has sha256 ${shortDigest(digest)}…`;
  return `${name}: ${side(ones, one)}, ${side(others, other)}`;
}

/** The digests by `<workflow>`, of definitions, and by `<workflow>/<function>`, of functions' code. */
export function digestsByName({ workflows }: Digests): DigestsByName {
  return new Map(
    Object.entries(workflows).flatMap(([workflow, { digest, functions }]): [string, string][] => [
      [workflow, digest],
      ...Object.entries(functions).map(([fn, { digest }]): [string, string] => [`${workflow}/${fn}`, digest]),
    ]),
  );
}
