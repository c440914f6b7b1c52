import { fileServerName, uploadsPath } from "../manifests/file-server.ts";
import { kubectl } from "./kubectl.ts";

/** Milliseconds that the file server may take. */
const patience = 15_000;

/** How the runtimes say that an archive is not what they were promised, or not to be had: docs/reference/runtime-protocol.md. */
const unavailable = /(?:Checksum|Download)Error: \S*\/([a-z0-9-]{1,63}\/[a-z0-9-]{1,63}-[0-9a-f]{64}\.zip)/;

/**
 * Has the archive that a Revision could not start from pushed again by the next update, which also makes another Revision.
 *
 * @param reason why the Revision does not start
 * @returns what the user does about it, as a line to be appended; empty where it is not about an archive
 */
export async function suspectArchive(namespace: string, reason: string): Promise<string> {
  const object = unavailable.exec(reason)?.[1];
  if (object === undefined) return "";
  const exec = ["-n", namespace, "exec", `deploy/${fileServerName}`, "--pod-running-timeout=10s", "--"];
  const marked = await kubectl([...exec, "knflow-receive", "--suspect", object], { timeout: patience });
  if (!marked.failed) {
    return `\n  to repair it, run "pulumi up" again: it pushes ${object} again and starts another Revision`;
  }
  const why = marked.stderr.trim() || marked.shortMessage;
  return (
    `\n  to repair it, remove ${uploadsPath}/${object} in the file server's pod where it is there, and run "pulumi up" again ` +
    `(it could not be marked: ${why})`
  );
}
