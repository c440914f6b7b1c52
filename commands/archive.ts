import { buildArchive, type ArchiveSource } from "../archive/code-object.ts";
import { sha256 } from "../archive/zip.ts";
import { UserError } from "../console/errors.ts";
import { required } from "./kubectl.ts";
import { pushObject } from "./push.ts";

/** An archive on the code volume. */
export interface PushedArchive {
  readonly namespace: string;
  readonly object: string;
  readonly sha256: string;
  /** What was done, in words. */
  readonly done: string;
}

/**
 * Packs the archive of a function or a workflow that the environment names, and puts it onto the code volume.
 *
 * @throws UserError where its files are no longer what the program read, or with the reason why it cannot be pushed
 */
export async function pushArchive(): Promise<PushedArchive> {
  const namespace = required("KNFLOW_NAMESPACE");
  const object = required("KNFLOW_OBJECT");
  const digest = required("KNFLOW_SHA256");
  const archive = await buildArchive(JSON.parse(required("KNFLOW_SOURCE")) as ArchiveSource);
  if (sha256(archive) !== digest) {
    throw new UserError(`the files of ${object} changed while the update ran; run it again`);
  }
  return { namespace, object, sha256: digest, done: await pushObject(namespace, object, digest, archive) };
}
