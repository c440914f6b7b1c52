/** The archive breaks a rule; the message says which one, and at which entry. The rules are those of every runtime. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

const longestName = 1024;
const longestSegment = 255;

/** A name as messages show it. */
export function quoted(name: string | Buffer): string {
  return JSON.stringify(name.toString().slice(0, 100));
}

/** The entry's name, which ends in a slash for a folder. */
export function checkedName(raw: Buffer, utf8: boolean): string {
  const name = decode(raw, utf8);
  const segments = segmentsOf(name);
  if (
    raw.length === 0 ||
    raw.length > longestName ||
    segments.some((segment) => Buffer.byteLength(segment) > longestSegment)
  ) {
    throw new ArchiveError(`the name ${quoted(name)} is empty or too long`);
  }
  if ([...name].some((character) => character < " " || character === "\x7f")) {
    throw new ArchiveError(`the name ${quoted(name)} has a control character`);
  }
  if (name.includes("\\")) throw new ArchiveError(`the name ${quoted(name)} has a backslash`);
  if (/^(\/|[A-Za-z]:)/.test(name)) throw new ArchiveError(`the name ${quoted(name)} is absolute`);
  if (segments.some((segment) => ["", ".", ".."].includes(segment))) {
    throw new ArchiveError(`the name ${quoted(name)} has an empty segment, '.' or '..'`);
  }
  return name;
}

function decode(raw: Buffer, utf8: boolean): string {
  if (!utf8 && raw.some((byte) => byte > 127)) {
    throw new ArchiveError(`the name ${quoted(raw)} is not ASCII, and not marked as UTF-8`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new ArchiveError(`the name ${quoted(raw)} is not UTF-8`);
  }
}

/** Refuses everything that is neither a plain file nor a folder. */
export function checkMode(name: string, externalAttributes: number): void {
  const mode = externalAttributes >>> 16;
  const kind = mode & 0o170000;
  if (kind !== 0 && kind !== (name.endsWith("/") ? 0o040000 : 0o100000)) {
    throw new ArchiveError(`${quoted(name)} is neither a plain file nor a folder (mode ${mode.toString(8)})`);
  }
  if ((mode & 0o7000) !== 0) {
    throw new ArchiveError(`${quoted(name)} has a set-user-id, set-group-id or sticky bit (mode ${mode.toString(8)})`);
  }
}

/** The names met so far; refuses a name twice, names that differ in case only, and files used as folders. */
export class Tree {
  readonly #entries = new Set<string>();
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #spelling = new Map<string, string>();

  add(name: string): void {
    const segments = segmentsOf(name);
    const path = segments.join("/");
    const around = segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
    if (this.#entries.has(path)) throw new ArchiveError(`${quoted(path)} is there twice`);
    this.#entries.add(path);
    (name.endsWith("/") ? this.#folders : this.#files).add(path);
    for (const folder of around) this.#folders.add(folder);
    for (const place of [...around, path]) {
      this.#checkSpelling(place);
      if (this.#files.has(place) && this.#folders.has(place)) {
        throw new ArchiveError(`${quoted(place)} is a file and a folder`);
      }
    }
  }

  #checkSpelling(path: string): void {
    const folded = path.normalize("NFC").toLowerCase();
    const spelling = this.#spelling.get(folded) ?? path;
    this.#spelling.set(folded, spelling);
    if (spelling !== path) {
      throw new ArchiveError(`${quoted(spelling)} and ${quoted(path)} differ in case or composition only`);
    }
  }
}

function segmentsOf(name: string): string[] {
  return name.replace(/\/$/, "").split("/");
}
