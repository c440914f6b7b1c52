import type { WorkflowSource } from "../../source/workflow-source.ts";

/** sha256 of definitions and of functions' code, by `<workflow>` and `<workflow>/<function>`. */
export type Digests = ReadonlyMap<string, string>;

/** What an update would do to one workflow's definition, or to one function's code. */
export interface Change {
  /** `<workflow>` for its definition, or `<workflow>/<function>` */
  readonly name: string;
  readonly change: "changed" | "added" | "removed";
  /** The digest that is deployed; not of what is added. */
  readonly from?: string;
  /** The digest of the working tree; not of what is removed. */
  readonly to?: string;
}

/** The digests of workflows as their folders have them: those that the Pulumi program deploys. */
export function sourceDigests(workflows: readonly WorkflowSource[]): Digests {
  return new Map(
    workflows.flatMap(({ name, archive, functions }) => [
      [name, archive.sha256] as const,
      ...functions.map((fn) => [`${name}/${fn.name}`, fn.archive.sha256] as const),
    ]),
  );
}

/** What differs, by name; what is equal is left out. */
export function changesBetween(deployed: Digests, planned: Digests): Change[] {
  return [...new Set([...deployed.keys(), ...planned.keys()])].sort().flatMap((name): Change[] => {
    const [from, to] = [deployed.get(name), planned.get(name)];
    if (from === to) return [];
    if (from === undefined) return [{ name, change: "added", to: to as string }];
    return to === undefined ? [{ name, change: "removed", from }] : [{ name, change: "changed", from, to }];
  });
}
