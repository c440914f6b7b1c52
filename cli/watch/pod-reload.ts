import { execa } from "execa";
import type { KubectlAccess } from "../../commands/kubectl.ts";

/**
 * Asks the container's first process for other code, where it knows how: docs/reference/runtime-protocol.md. It is seen by whether
 * it catches SIGHUP, the lowest bit of the mask.
 */
const ask = `
while read -r key value; do
  case "$key$value" in SigCgt:*[13579bdf]) able=yes ;; esac
done </proc/1/status
[ "\${able:-}" = yes ] || { echo unable; exit; }
folder=\${KNFLOW_RELOAD_DIR:-/dev/shm/knflow-reload}
mkdir -p "$folder"
cd "$folder"
rm -f answer
mkfifo answer
echo "$1 $2" >request
kill -HUP 1
cat answer`;

/** Milliseconds that a pod may take to load other code; a new Revision brings it otherwise. */
const patience = 15_000;

/** Reasons that say nothing of the code: a new pod may well load it. */
const notOfTheCode =
  /^(DownloadError|ChecksumError|ArchiveError|StorageError|SettingsError|LoadTimeout|ReloadLimit|ProcessEnded): /;

/** What a pod did when it was asked for other code. */
export type ReloadAnswer =
  | { readonly state: "reloaded" }
  /** The code cannot be loaded, by this pod or any other one. */
  | { readonly state: "refused"; readonly reason: string }
  /** It goes on with what it has. */
  | { readonly state: "unable" };

/** A pod's container, and the code that it is asked for. */
export interface ReloadRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly object: string;
  readonly sha256: string;
}

/** Has a pod take other code, which is on the code volume. Does not fail: a pod that cannot be asked is `unable`. */
export async function reloadPod(access: Required<KubectlAccess>, request: ReloadRequest): Promise<ReloadAnswer> {
  const { namespace, pod, object, sha256 } = request;
  const exec = ["-n", namespace, "exec", pod, "-c", "user-container", "--", "sh", "-euc", ask, "sh", object, sha256];
  const { stdout, failed } = await execa("kubectl", [...access.flags, ...exec], {
    env: access.environment,
    stdin: "ignore",
    timeout: patience,
    reject: false,
  });
  return failed ? { state: "unable" } : answerOf(stdout);
}

/** What a pod's answer means. */
export function answerOf(text: string): ReloadAnswer {
  const [said, ...reason] = text.trim().split("\n");
  if (said === "reloaded") return { state: "reloaded" };
  if (said !== "not reloaded" || reason.length === 0) return { state: "unable" };
  const why = reason.join(" ");
  return notOfTheCode.test(why) ? { state: "unable" } : { state: "refused", reason: why };
}
