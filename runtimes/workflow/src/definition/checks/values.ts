/** A mapping of the definition that nobody checked yet. */
export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message quotes it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Names as a message lists them. */
export function listed(names: readonly string[]): string {
  const most = 12;
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return names.slice(0, most).join(", ") + more;
}

/** What a mapping has of its own under a name, `constructor` for example not being one unless it says so. */
export function own(mapping: unknown, name: string): unknown {
  return isMapping(mapping) && Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}
