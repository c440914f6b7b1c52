import type { Path } from "../source.ts";
import { checkStructure } from "./expressions.ts";
import { allowKeys, mappingAt, reusable, type Scope } from "./scope.ts";
import { isMapping, shown } from "./values.ts";

/** What each scheme needs. */
const schemes: Readonly<Record<string, readonly string[]>> = { basic: ["username", "password"], bearer: ["token"] };

const instead = "use basic or bearer, or let a function make the call";
const unsupported = { certificate: instead, digest: instead, oauth2: instead, oidc: instead };

/** An endpoint's authentication: inline, or a name under `use.authentications`. */
export function checkReferenceableAuthentication(value: unknown, path: Path, scope: Scope): void {
  if (!isMapping(value) || value.use === undefined) return checkAuthentication(value, path, scope);
  allowKeys(value, path, ["use"], scope);
  const at = [...path, "use"];
  if (typeof value.use !== "string") {
    scope.source.refuse(at, `\`use\` must be a name under \`use.authentications\`, but is ${shown(value.use)}`);
    return;
  }
  const found = reusable("authentications", value.use, at, scope);
  if (found) checkAuthentication(found.value, found.path, scope);
}

export function checkAuthentication(value: unknown, path: Path, scope: Scope): void {
  const rule = mappingAt(value, path, "a mapping with `basic` or `bearer`", scope);
  if (!rule) return;
  allowKeys(rule, path, Object.keys(schemes), scope, unsupported);
  const given = Object.keys(schemes).filter((scheme) => scheme in rule);
  const isOther = Object.keys(unsupported).some((scheme) => scheme in rule);
  if (given.length !== 1 && !isOther) {
    scope.source.refuse(path, `needs one of \`basic\` and \`bearer\`, but has ${given.length === 0 ? "none" : "both"}`);
  }
  for (const scheme of given) checkScheme(rule[scheme], [...path, scheme], schemes[scheme] ?? [], scope);
}

function checkScheme(value: unknown, path: Path, needed: readonly string[], scope: Scope): void {
  const fields = needed.map((field) => `\`${field}\``).join(" and ");
  const rule = mappingAt(value, path, `a mapping with ${fields}`, scope);
  if (!rule) return;
  allowKeys(rule, path, needed, scope, { use: "there are no secrets; let a function make the call" });
  for (const field of needed) {
    if (typeof rule[field] === "string") checkStructure(rule[field], [...path, field], scope);
    else scope.source.refuse([...path, field], `\`${field}\` must be a text, but is ${shown(rule[field])}`);
  }
}
