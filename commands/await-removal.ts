import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

const pollInterval = 250;
/** Milliseconds for which nothing may go: longer than Knative lets a pod's requests finish. */
const patience = 660_000;

/** Waits until a namespace has none of some kinds of objects. Run by a command resource when it is deleted. */
async function awaitRemoval(): Promise<void> {
  const namespace = required("KNFLOW_NAMESPACE");
  const kinds = required("KNFLOW_KINDS");
  const deadline = Date.now() + patience;
  for (;;) {
    const result = await kubectl(["-n", namespace, "get", kinds, "-o", "name"]);
    // Where a kind itself is gone, so are its objects.
    if (result.failed && /the server doesn't have a resource type/.test(result.stderr)) return;
    if (result.failed) throw new UserError(`${namespace} cannot be looked at: ${result.stderr.trim()}`);
    if (result.stdout === "") return;
    if (Date.now() > deadline) {
      throw new UserError(`${namespace} still has after ${patience / 1000} s:\n${result.stdout}`);
    }
    await delay(pollInterval);
  }
}

await runCommand(awaitRemoval);
