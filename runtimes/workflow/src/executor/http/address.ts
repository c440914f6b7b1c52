import { fault } from "../problem.ts";

const field = /\{([^{}]*)\}/g;

/** What is wrong with a URI template, or undefined: `{name}` alone is known, not the operators of RFC 6570. */
export function templateProblem(template: string): string | undefined {
  const odd = [...template.matchAll(field)].map(([, name = ""]) => name).find((name) => !/^[\w.~-]+$/.test(name));
  if (odd !== undefined) return `{${odd}} is not supported in an address; {name}, a field of the task's input, is`;
  const filled = template.replaceAll(field, "1");
  if (URL.canParse(filled) && hasCredentials(filled)) return `the address ${credentials}`;
  return isWebAddress(filled) ? undefined : `${JSON.stringify(template)} is no http or https address`;
}

/** Puts fields of the input into a URI template. */
export function expandUri(template: string, input: unknown, instance: string): string {
  return template.replaceAll(field, (_whole, name: string) => {
    const value =
      typeof input === "object" && input !== null && Object.hasOwn(input, name)
        ? (input as Record<string, unknown>)[name]
        : undefined;
    if (["string", "number", "boolean"].includes(typeof value)) return encodeURIComponent(value as string);
    const found = value === undefined ? "the task's input has no such field" : `it is ${JSON.stringify(value)}`;
    throw fault("expression", `{${name}} in the address must be a text or a number, but ${found}`, instance);
  });
}

/** What is said of an address with a user or a password in it. */
export const credentials = "must not hold a user or a password; give them by `authentication`";

export function hasCredentials(address: string): boolean {
  const { username, password } = new URL(address);
  return username !== "" || password !== "";
}

export function isWebAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value);
}

/** An address with further fields in its query; lists give several of one name, and `null` gives none. */
export function withQuery(address: string, query: Readonly<Record<string, unknown>>): string {
  const url = new URL(address);
  for (const [name, given] of Object.entries(query)) {
    for (const value of Array.isArray(given) ? (given as unknown[]) : [given]) {
      if (value !== null) url.searchParams.append(name, typeof value === "string" ? value : JSON.stringify(value));
    }
  }
  return url.href;
}
