import { buildArchive, type ArchiveSource } from "../archive/code-object.ts";
import { sha256 } from "../archive/zip.ts";
import { UserError } from "../console/errors.ts";
import { fileServerName } from "../manifests/file-server.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

/** Room for a slow link; an archive has at most 256 MiB. */
const pushTimeout = 10 * 60_000;

/** What `knflow-receive --check` exits with where the object is not there. */
const absent = 3;

/**
 * Puts one archive onto the code volume through the file server's pod, where it is checked before it gets its name.
 * Run by a command resource during an update; safe to run again, at the same time too.
 */
async function pushArchive(): Promise<void> {
  const object = required("KNFLOW_OBJECT");
  const digest = required("KNFLOW_SHA256");
  const receive = [
    "-n",
    required("KNFLOW_NAMESPACE"),
    "exec",
    `deploy/${fileServerName}`,
    "-i",
    "--",
    "knflow-receive",
  ];

  const checked = await kubectl([...receive, "--check", object, digest], { timeout: pushTimeout });
  if (checked.exitCode === 0) {
    process.stdout.write(`${object} is on the volume\n`);
    return;
  }
  if (checked.exitCode !== absent) throw new UserError(notPushed(object, checked));
  const archive = await buildArchive(JSON.parse(required("KNFLOW_SOURCE")) as ArchiveSource);
  if (sha256(archive) !== digest) {
    throw new UserError(`the files of ${object} changed while the update ran; run it again`);
  }
  const size = String(archive.byteLength);
  const pushed = await kubectl([...receive, object, digest, size], { input: archive, timeout: pushTimeout });
  if (pushed.failed) throw new UserError(notPushed(object, pushed));
  process.stdout.write(`${object} pushed\n`);
}

function notPushed(object: string, result: { stderr: string; shortMessage?: string | undefined }): string {
  return `${object} could not be pushed to the code volume: ${result.stderr.trim() || result.shortMessage}`;
}

await runCommand(pushArchive);
