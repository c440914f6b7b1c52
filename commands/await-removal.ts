import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

const pollInterval = 250;
const patience = 120_000;

/** What Knative and Kourier take apart by themselves after a Knative Service was deleted. */
const kinds = "services.serving.knative.dev,routes.serving.knative.dev,ingresses.networking.internal.knative.dev";

/** Waits until nothing in the namespace needs Knative any more. Run by a command resource when it is deleted. */
async function awaitRemoval(): Promise<void> {
  const namespace = required("KNFLOW_NAMESPACE");
  const deadline = Date.now() + patience;
  for (;;) {
    const result = await kubectl(["-n", namespace, "get", kinds, "-o", "name"]);
    // Where Knative is gone, so is what it held.
    if (result.failed && /the server doesn't have a resource type/.test(result.stderr)) return;
    if (result.failed) throw new UserError(`${namespace} cannot be looked at: ${result.stderr.trim()}`);
    if (result.stdout === "") return;
    if (Date.now() > deadline) {
      throw new UserError(`Knative did not remove these within ${patience / 1000} s:\n${result.stdout}`);
    }
    await delay(pollInterval);
  }
}

await runCommand(awaitRemoval);
