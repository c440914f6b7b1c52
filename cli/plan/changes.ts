import { differencesByName, type DigestsByName } from "../../release/differences.ts";

/** What an update would do to one workflow's definition, or to one function's code. */
export interface Change {
  /** `<workflow>` for its definition, or `<workflow>/<function>` */
  readonly name: string;
  readonly change: "changed" | "added" | "removed";
  /** The digest that is deployed; not of what is added. */
  readonly from?: string;
  /** The digest that an update would deploy; not of what is removed. */
  readonly to?: string;
}

/** What differs, by name; what is equal is left out. */
export function changesBetween(deployed: DigestsByName, planned: DigestsByName): Change[] {
  return differencesByName(deployed, planned).map(({ name, one: from, other: to }): Change => {
    if (from === undefined) return { name, change: "added", ...(to !== undefined && { to }) };
    return to === undefined ? { name, change: "removed", from } : { name, change: "changed", from, to };
  });
}
