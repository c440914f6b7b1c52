import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { labels } from "../manifests/labels.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

/** Seconds for which nothing may go: longer than Knative lets a pod's requests finish. */
const patience = 660;
/** Milliseconds before a cluster is asked again that did not answer, or did not let itself be watched. */
const pause = 1000;

/** Waits until a namespace has none of some kinds of objects. Run by a command resource when it is deleted. */
async function awaitRemoval(): Promise<void> {
  const namespace = required("KNFLOW_NAMESPACE");
  if (process.env.KNFLOW_UNRECORDED_KIND !== undefined) await remove(namespace, process.env.KNFLOW_UNRECORDED_KIND);
  // One by one: where one kind itself is gone, the others may still have objects.
  for (const kind of required("KNFLOW_KINDS").split(",")) await awaitNone(namespace, kind);
  if (process.env.KNFLOW_SHARED_KIND !== undefined) await refuseOthers(process.env.KNFLOW_SHARED_KIND);
}

/** Begins the removal of what knflow made of a kind. */
async function remove(namespace: string, kind: string): Promise<void> {
  const ours = ["-l", `${labels.managedBy}=knflow`, "--ignore-not-found", "--wait=false"];
  const result = await kubectl(["-n", namespace, "delete", kind, ...ours]);
  if (!result.failed || /the server doesn't have a resource type/.test(result.stderr)) return;
  throw new UserError(`the ${kind} in ${namespace} cannot be removed: ${result.stderr.trim()}`);
}

async function awaitNone(namespace: string, kind: string): Promise<void> {
  const deadline = performance.now() + patience * 1000;
  // Somebody's own pod goes with the namespace.
  const which = kind === "pods" ? [kind, "-l", `${labels.managedBy}=knflow`] : [kind];
  for (;;) {
    const result = await kubectl(["-n", namespace, "get", ...which, "-o", "name"]);
    // Where a kind itself is gone, so are its objects.
    if (result.failed && /the server doesn't have a resource type/.test(result.stderr)) return;
    if (!result.failed && result.stdout === "") return;
    const left = Math.ceil((deadline - performance.now()) / 1000);
    if (left <= 0) {
      throw new UserError(
        result.failed
          ? `${namespace} cannot be looked at: ${result.stderr.trim()}`
          : `${namespace} still has after ${patience} s:\n${result.stdout}\n` +
              `kubectl -n ${namespace} describe tells what holds them; once they are gone, run this again`,
      );
    }
    // Others may come while these go, so its end is no answer, and neither is an object or a kind that is gone already.
    const objects = result.failed ? [] : result.stdout.split("\n");
    const wait = ["wait", "--for=delete", `--timeout=${left}s`];
    const waited = objects.length > 0 && !(await kubectl(["-n", namespace, ...wait, ...objects])).failed;
    if (!waited) await delay(pause);
  }
}

/** What works behind such objects must not be removed while there are any: nobody could ever end these. */
async function refuseOthers(kind: string): Promise<void> {
  const listed = await kubectl(["get", kind, "--all-namespaces", "-o", "jsonpath={.items[*].metadata.namespace}"]);
  if (listed.failed && /the server doesn't have a resource type/.test(listed.stderr)) return;
  if (listed.failed)
    throw new UserError(`the ${kind} of other namespaces cannot be looked at: ${listed.stderr.trim()}`);
  const namespaces = [...new Set(listed.stdout.split(" ").filter((name) => name !== ""))];
  if (namespaces.length === 0) return;
  throw new UserError(
    `Knative is still used in other namespaces: ${namespaces.join(", ")}; destroy the stacks there ` +
      `(or delete their ${kind}), then run this again`,
  );
}

await runCommand(awaitRemoval);
