/** Something that may hold names: what it is, for people, and its content. */
export interface NameSource {
  /** @example "a Revision" */
  readonly what: string;
  /** As JSON gives it. */
  readonly content: unknown;
}

const object = String.raw`[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9-]{1,63}-[0-9a-f]{64}\.zip`;
const wholeObject = new RegExp(`^${object}$`);
/** Names of archives wherever they stand in a text, and words that may be names of Kubernetes objects. */
const patterns = [new RegExp(object, "g"), /[a-z0-9][a-z0-9.-]*/g];

/** Whether it is named as knflow names archives on the code volume. */
export function isObjectName(name: string): boolean {
  return wholeObject.test(name);
}

/**
 * Who names what. Any text counts, wherever it stands: a name at a place that nothing reads costs some room on a disk, one that was
 * overlooked costs a function its code.
 */
export class Names {
  readonly #by = new Map<string, string>();

  constructor(sources: Iterable<NameSource>) {
    for (const { what, content } of sources) {
      for (const name of namesIn(content)) if (!this.#by.has(name)) this.#by.set(name, what);
    }
  }

  /** What names it; undefined where nothing does. */
  namedBy(name: string): string | undefined {
    return this.#by.get(name);
  }
}

/** Whatever may be a name in a value, each once. */
export function namesIn(content: unknown): Set<string> {
  const names = new Set<string>();
  for (const text of texts(content)) {
    for (const pattern of patterns) for (const [name] of text.matchAll(pattern)) names.add(name);
  }
  return names;
}

/** Every text in a value, keys included, and those in texts that are JSON themselves, without its escapes. */
function* texts(value: unknown): Generator<string> {
  if (typeof value === "string") {
    yield value;
    if (/^\s*["[{]/.test(value)) yield* texts(parsed(value));
  }
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield* Object.keys(value);
  for (const each of Object.values(value)) yield* texts(each);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
