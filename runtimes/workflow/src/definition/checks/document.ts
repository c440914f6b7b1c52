import type { Path } from "../source.ts";
import { allowKeys, mappingAt, type Scope } from "./scope.ts";
import { shown, type Mapping } from "./values.ts";

const needed = ["dsl", "namespace", "name", "version"];

/** What each of them must be. */
const forms: Readonly<Record<string, readonly [RegExp, string]>> = {
  dsl: [/^1\.0\.\d+$/, "be 1.0.x"],
  namespace: [/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i, "have 1 to 63 letters, digits and dashes"],
  name: [/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i, "have 1 to 63 letters, digits and dashes"],
  version: [/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/, "be such as 1.0.0"],
};

/** `document`. */
export function checkDocument(root: Mapping, scope: Scope): void {
  const { source } = scope;
  const path = ["document"];
  const document = mappingAt(root.document, path, `a mapping with ${needed.join(", ")}`, scope);
  if (!document) return;
  allowKeys(document, path, [...needed, "title", "summary", "tags", "metadata"], scope);
  for (const key of [...needed, "title", "summary"]) {
    const value = document[key];
    if (typeof value !== "string") {
      if (value === undefined && !needed.includes(key)) continue;
      source.refuse([...path, key], `document.${key} must be a text, but is ${shown(value)}`);
      continue;
    }
    const [form, words] = forms[key] ?? [];
    if (form && !form.test(value))
      source.refuse([...path, key], `document.${key} must ${words}, but is ${shown(value)}`);
  }
  if (document.tags !== undefined) mappingAt(document.tags, [...path, "tags"], "a mapping", scope);
  if (document.metadata === undefined) return;
  const metadata = mappingAt(document.metadata, [...path, "metadata"], "a mapping", scope);
  if (metadata?.knflow !== undefined) checkOwn(metadata.knflow, [...path, "metadata", "knflow"], scope);
}

/** What knflow itself reads there. */
function checkOwn(value: unknown, path: Path, scope: Scope): void {
  const own = mappingAt(value, path, "a mapping with `wake`", scope);
  if (!own) return;
  allowKeys(own, path, ["wake"], scope);
  if (own.wake !== undefined && typeof own.wake !== "boolean") {
    scope.source.refuse([...path, "wake"], `metadata.knflow.wake must be true or false, but is ${shown(own.wake)}`);
  }
}
