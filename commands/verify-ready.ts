import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";
import { logExcerpt } from "./log-excerpt.ts";
import {
  revisionLabel,
  verdict,
  type KnativeServiceObject,
  type PodObject,
  type RevisionObject,
  type Verdict,
} from "./verdict.ts";

const pollInterval = 250;

/**
 * Waits until a Knative Service is ready and prints its Revision; fails with the function's own message once it is clear
 * that it does not become so. Run by a command resource after the Service was made or changed.
 */
async function verifyReady(): Promise<void> {
  const namespace = required("KNFLOW_NAMESPACE");
  const name = required("KNFLOW_SERVICE");
  const seconds = Number(required("KNFLOW_READY_TIMEOUT_SECONDS"));
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await lookAt(namespace, name);
    if (found.state === "ready") {
      process.stdout.write(found.revision ?? "");
      return;
    }
    const late = Date.now() > deadline;
    if (found.state === "broken" || late) {
      const when = late ? ` after ${seconds} s (knflow:readyTimeoutSeconds)` : "";
      throw new UserError(`${name} is not ready${when}: ${found.reason}${await endOfLog(namespace, found)}`);
    }
    await delay(pollInterval);
  }
}

/** What Knative makes of a Service. */
type Made = ({ readonly kind: "Revision" } & RevisionObject) | ({ readonly kind: "Pod" } & PodObject);

async function lookAt(namespace: string, name: string): Promise<Verdict> {
  const get = async <T>(...what: string[]) => {
    const result = await kubectl(["-n", namespace, "get", ...what, "-o", "json"]);
    if (result.failed) throw new UserError(`${name} in ${namespace} cannot be looked at: ${result.stderr.trim()}`);
    return JSON.parse(result.stdout) as T;
  };
  const [service, { items }] = await Promise.all([
    get<KnativeServiceObject>("services.serving.knative.dev", name),
    get<{ items: Made[] }>("revisions.serving.knative.dev,pods", "-l", `serving.knative.dev/service=${name}`),
  ]);
  const revisions = items.filter((item) => item.kind === "Revision");
  const pods = items.filter((item) => item.kind === "Pod");
  return verdict(service, revisions, pods);
}

/** The last lines that the function's own container wrote: of this start, or of the one before where it says nothing yet. */
async function endOfLog(namespace: string, { revision, reason }: Verdict): Promise<string> {
  if (revision === undefined) return "";
  const logs = ["-n", namespace, "logs", "-l", `${revisionLabel}=${revision}`, "-c", "user-container", "--tail=10"];
  for (const start of [[], ["--previous"]]) {
    const result = await kubectl([...logs, ...start]);
    const text = result.stdout.trim();
    // The kubelet says that there is none where the log should be, and kubectl calls it a success.
    if (!result.failed && text !== "" && !text.startsWith("unable to retrieve container logs")) {
      const excerpt = logExcerpt(text, reason);
      return excerpt === "" ? "" : `\n  the end of its log:\n${excerpt.replace(/^/gm, "    ")}`;
    }
  }
  return "";
}

await runCommand(verifyReady);
