import { objectName } from "./object-name.ts";
import { packZip, sha256 } from "./zip.ts";
import { readSourceTree } from "./source-tree.ts";

/** Where the files of an archive come from. */
export interface ArchiveSource {
  /** The folder, relative to the project's root, so that state does not depend on where a clone lies. */
  readonly folder: string;
  /** Just these files of the folder; all of them where it is not given. */
  readonly only?: readonly string[];
}

/** A content-addressed archive on the code volume. */
export interface CodeObject {
  readonly source: ArchiveSource;
  /** The name on the volume: `<workflow>/<name>-<sha256>.zip`. */
  readonly object: string;
  /** The sha256 of the zip's bytes, in hexadecimal. */
  readonly sha256: string;
  /** The size of the zip in bytes. */
  readonly size: number;
}

/** The zip of a source: the same bytes at preview, when its digest is taken, and at update, when it is pushed. */
export async function buildArchive(source: ArchiveSource): Promise<Buffer> {
  return packZip(await readSourceTree(source.folder, source.only));
}

/**
 * Names the archive of a source by its content.
 *
 * @example await describeArchive("wordcount", "count", { folder: "functions/wordcount/count" })
 */
export async function describeArchive(workflow: string, name: string, source: ArchiveSource): Promise<CodeObject> {
  const zip = await buildArchive(source);
  const digest = sha256(zip);
  return { source, object: objectName(workflow, name, digest), sha256: digest, size: zip.byteLength };
}
