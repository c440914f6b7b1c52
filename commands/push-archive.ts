import { buildArchive, type ArchiveSource } from "../archive/code-object.ts";
import { sha256 } from "../archive/zip.ts";
import { UserError } from "../console/errors.ts";
import { fileServerName } from "../manifests/file-server.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

/** Room for a slow link; an archive has at most 256 MiB. */
const pushTimeout = 10 * 60_000;

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

  const present = await kubectl([...receive, "--check", object, digest], { timeout: pushTimeout });
  if (present.exitCode === 0) {
    process.stdout.write(`${object} is on the volume\n`);
    return;
  }
  const archive = await buildArchive(JSON.parse(required("KNFLOW_SOURCE")) as ArchiveSource);
  if (sha256(archive) !== digest) {
    throw new UserError(`the files of ${object} changed while the update ran; run it again`);
  }
  const pushed = await kubectl([...receive, object, digest, String(archive.byteLength)], {
    input: archive,
    timeout: pushTimeout,
  });
  if (pushed.failed) {
    throw new UserError(
      `${object} could not be pushed to the code volume: ${pushed.stderr.trim() || pushed.shortMessage}`,
    );
  }
  process.stdout.write(`${object} pushed\n`);
}

await runCommand(pushArchive);
