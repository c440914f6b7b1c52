import { buildArchive, type ArchiveSource } from "../archive/code-object.ts";
import { sha256 } from "../archive/zip.ts";
import { UserError } from "../console/errors.ts";
import { required, runCommand } from "./kubectl.ts";
import { pushObject } from "./push.ts";

/** Puts the archive of a function or a workflow onto the code volume. Run by a command resource during an update. */
async function pushArchive(): Promise<void> {
  const object = required("KNFLOW_OBJECT");
  const digest = required("KNFLOW_SHA256");
  const archive = await buildArchive(JSON.parse(required("KNFLOW_SOURCE")) as ArchiveSource);
  if (sha256(archive) !== digest) {
    throw new UserError(`the files of ${object} changed while the update ran; run it again`);
  }
  const done = await pushObject(required("KNFLOW_NAMESPACE"), object, digest, archive);
  process.stdout.write(`${done}\n`);
}

await runCommand(pushArchive);
