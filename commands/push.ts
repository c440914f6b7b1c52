import { UserError } from "../console/errors.ts";
import { fileServerName } from "../manifests/file-server.ts";
import { kubectl } from "./kubectl.ts";

/** Room for a slow link; an archive has at most 256 MiB. */
const pushTimeout = 10 * 60_000;

/** What `knflow-receive --check` exits with where the object is not there. */
const absent = 3;

/**
 * Puts an object onto the code volume through the file server's pod, where it is checked before it gets its name. Safe to
 * run again, at the same time too; what is there already is not sent.
 *
 * @param content gives the bytes where they are needed
 * @returns what was done, in words
 * @throws UserError with the reason of the pod or of kubectl
 */
export async function pushObject(
  namespace: string,
  object: string,
  digest: string,
  content: () => Promise<Buffer>,
): Promise<string> {
  const receive = ["-n", namespace, "exec", `deploy/${fileServerName}`, "-i", "--", "knflow-receive"];
  const checked = await kubectl([...receive, "--check", object, digest], { timeout: pushTimeout });
  if (checked.exitCode === 0) return `${object} is on the volume`;
  if (checked.exitCode !== absent) throw notPushed(object, checked);
  const bytes = await content();
  const pushed = await kubectl([...receive, object, digest, String(bytes.byteLength)], {
    input: bytes,
    timeout: pushTimeout,
  });
  if (pushed.failed) throw notPushed(object, pushed);
  return `${object} pushed`;
}

function notPushed(object: string, result: { stderr: string; shortMessage?: string | undefined }): UserError {
  const reason = result.stderr.trim() || result.shortMessage;
  return new UserError(`${object} could not be pushed to the code volume: ${reason}`);
}
