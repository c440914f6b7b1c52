import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";
import { verdict, type KnativeServiceObject } from "./verdict.ts";

const pollInterval = 250;

/**
 * Fails, with the reasons, where a Knative Service is not ready. Run by a command resource after the services of a
 * workflow, which wait until Knative has decided; so it mostly looks once.
 */
async function verifyReady(): Promise<void> {
  const namespace = required("KNFLOW_NAMESPACE");
  const names = Object.keys(JSON.parse(required("KNFLOW_SERVICES")) as Record<string, number>);
  const deadline = Date.now() + Number(required("KNFLOW_READY_TIMEOUT_SECONDS")) * 1000;
  for (;;) {
    const verdicts = (await readServices(namespace, names)).map(verdict);
    const broken = verdicts.filter((one) => one.state === "broken");
    if (verdicts.every((one) => one.state === "ready")) {
      process.stdout.write(`ready: ${names.join(", ")}\n`);
      return;
    }
    if (broken.length > 0 || Date.now() > deadline) {
      const reasons = await Promise.all(
        verdicts
          .filter((one) => one.state !== "ready")
          .map(async (one) => {
            const log = one.revision === undefined ? "" : await logOf(namespace, one.revision);
            return `${one.name} is not ready: ${one.reason}${log === "" ? "" : `\n  the end of its log:\n${log}`}`;
          }),
      );
      throw new UserError(reasons.join("\n"));
    }
    await delay(pollInterval);
  }
}

async function readServices(namespace: string, names: readonly string[]): Promise<KnativeServiceObject[]> {
  const result = await kubectl(["-n", namespace, "get", "services.serving.knative.dev", ...names, "-o", "json"]);
  if (result.failed)
    throw new UserError(`the Knative Services of ${namespace} cannot be read: ${result.stderr.trim()}`);
  const read = JSON.parse(result.stdout) as { items?: KnativeServiceObject[] } & KnativeServiceObject;
  return read.items ?? [read];
}

/** The last lines that the function's own container wrote, before its restart where it restarted. */
async function logOf(namespace: string, revision: string): Promise<string> {
  const selector = `serving.knative.dev/revision=${revision}`;
  for (const previous of [["--previous"], []]) {
    const result = await kubectl([
      "-n",
      namespace,
      "logs",
      "-l",
      selector,
      "-c",
      "user-container",
      "--tail=10",
      ...previous,
    ]);
    const text = result.stdout.trim();
    if (!result.failed && text !== "") return text.replace(/^/gm, "    ");
  }
  return "";
}

await runCommand(verifyReady);
