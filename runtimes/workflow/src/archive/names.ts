/** The archive breaks a rule; the message says which one, and at which entry. The rules are those of every runtime. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

const longestName = 1024;
const longestSegment = 255;
/** With those that no entry names, which cost their maker nothing. */
export const mostFolders = 10_000;

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
  readonly #folders = new Set<string>([""]);
  readonly #spelling = new Map<string, string>();

  add(name: string): void {
    const path = name.replace(/\/$/, "");
    if (this.#entries.has(path)) throw new ArchiveError(`${quoted(path)} is there twice`);
    this.#entries.add(path);
    if (path !== name) return this.#addFolder(path);
    this.#checkSpelling(path);
    if (this.#folders.has(path)) throw new ArchiveError(`${quoted(path)} is a file and a folder`);
    this.#files.add(path);
    this.#addFolder(folderOf(path));
  }

  /** Adds it and those around it, as far as they are not known yet. */
  #addFolder(folder: string): void {
    for (let path = folder; !this.#folders.has(path); path = folderOf(path)) {
      this.#checkSpelling(path);
      if (this.#files.has(path)) throw new ArchiveError(`${quoted(path)} is a file and a folder`);
      if (this.#folders.size > mostFolders) throw new ArchiveError(`it has more than ${mostFolders} folders`);
      this.#folders.add(path);
    }
  }

  #checkSpelling(path: string): void {
    const key = folded(path);
    const spelling = this.#spelling.get(key) ?? path;
    this.#spelling.set(key, spelling);
    if (spelling !== path) {
      throw new ArchiveError(`${quoted(spelling)} and ${quoted(path)} differ in case or composition only`);
    }
  }
}

/**
 * Letters whose case and composition count: Latin, Greek, Cyrillic, Armenian, kana, Hangul. Of other scripts, Unicode's
 * versions differ, and with them those of Python and of Node.js: they are compared as they are.
 */
const foldedLetters = /[\0-\u058f\u1100-\u11ff\u1e00-\u1fff\u2126\u212a\u212b\u3040-\u30ff\uac00-\ud7a3]+/g;

/** What two paths have in common that are one file where case and composition are not told apart. */
export function folded(path: string): string {
  return path.replace(foldedLetters, (run) => run.normalize("NFC").toLowerCase().replaceAll("ς", "σ"));
}

/** The folder that a path lies in; "" of the outermost. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function segmentsOf(name: string): string[] {
  return name.replace(/\/$/, "").split("/");
}
