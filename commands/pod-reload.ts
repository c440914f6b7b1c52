import { kubectlOn, type KubectlAccess } from "./kubectl.ts";

/**
 * Asks the container's first process for other code, where it knows how: docs/reference/runtime-protocol.md. It is seen by whether
 * it catches SIGHUP, the lowest bit of the mask.
 */
const ask = `
folder=\${KNFLOW_RELOAD_DIR:-/dev/shm/knflow-reload}
# What never took other code has its own.
if [ "\${3:-}" = back ] && ! { [ -f "$folder/request" ] && [ "$(cat "$folder/request")" != "$1 $2" ]; }; then
  echo "reloaded $2"
  exit
fi
while read -r key value; do
  case "$key$value" in SigCgt:*[13579bdf]) able=yes ;; esac
done </proc/1/status
[ "\${able:-}" = yes ] || { echo unable; exit; }
mkdir -p "$folder"
cd "$folder"
rm -f answer
mkfifo answer
echo "$1 $2" >request
kill -HUP 1
timeout 5 cat answer`;

/** Milliseconds that a pod may take to answer, some more than the script waits; a new Revision brings the code otherwise. */
const patience = 8000;

/** Reasons that hold in any pod. Of others, such as a port that is taken or a package that is not there, a new pod may know nothing. */
const ofTheCode = /^(SyntaxError|IndentationError|TabError|DefinitionError|DefinitionMissing): /;

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
  /** The code is the pod's own: one that never took other code is left alone. */
  readonly back?: boolean;
}

/** Has a pod take other code, which is on the code volume. Does not fail: a pod that cannot be asked is `unable`. */
export async function reloadPod(
  { flags, environment }: Required<KubectlAccess>,
  request: ReloadRequest,
): Promise<ReloadAnswer> {
  const { namespace, pod, object, sha256, back = false } = request;
  const args = [object, sha256, ...(back ? ["back"] : [])];
  const exec = ["-n", namespace, "exec", pod, "-c", "user-container", "--", "sh", "-euc", ask, "sh", ...args];
  const { stdout, failed } = await kubectlOn(flags, exec, { environment, timeout: patience });
  return failed ? { state: "unable" } : answerOf(stdout, sha256);
}

/** What a pod's answer means. One of another request, which came late, means nothing. */
export function answerOf(text: string, sha256: string): ReloadAnswer {
  const [said, ...reason] = text.trim().split("\n");
  if (said === `reloaded ${sha256}`) return { state: "reloaded" };
  const why = reason.join(" ");
  const isRefused = said === `not reloaded ${sha256}` && ofTheCode.test(why);
  return isRefused ? { state: "refused", reason: why } : { state: "unable" };
}
