import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";
import { logExcerpt } from "./log-excerpt.ts";
import { suspectArchive } from "./suspect.ts";
import {
  revisionLabel,
  verdict,
  type KnativeServiceObject,
  type PodObject,
  type RevisionObject,
  type Verdict,
} from "./verdict.ts";
import { Watched } from "./watch.ts";

/**
 * Waits until a Knative Service is ready and prints its Revision; fails with the function's own message once it is clear
 * that it does not become so. Run by a command resource after the Service was made or changed.
 */
async function verifyReady(): Promise<void> {
  const namespace = required("KNFLOW_NAMESPACE");
  const name = required("KNFLOW_SERVICE");
  const seconds = Number(required("KNFLOW_READY_TIMEOUT_SECONDS"));
  const found = await finalVerdict(namespace, name, seconds * 1000);
  if (found.state === "ready") {
    process.stdout.write(found.revision ?? "");
    return;
  }
  const when = found.state === "pending" ? ` after ${seconds} s (knflow:readyTimeoutSeconds)` : "";
  const [repair, log] = await Promise.all([suspectArchive(namespace, found.reason), endOfLog(namespace, found)]);
  throw new UserError(`${name} is not ready${when}: ${found.reason}${repair}${log}`);
}

/** The first verdict that is not `pending`, or the last one there is in time. */
function finalVerdict(namespace: string, name: string, milliseconds: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const look = () => {
      const found = lookAt();
      if (found.state !== "pending") end(found);
    };
    const made = ["-l", `serving.knative.dev/service=${name}`];
    const watch = <T extends { metadata: { name: string } }>(...what: string[]) =>
      new Watched<T>(["-n", namespace, ...what], look);
    const services = watch<KnativeServiceObject>("services.serving.knative.dev", name);
    const revisions = watch<RevisionObject>("revisions.serving.knative.dev", ...made);
    const pods = watch<PodObject>("pods", ...made);
    const watches = [services, revisions, pods];

    const lookAt = (): Verdict => {
      const [service] = services.objects;
      if (service !== undefined) return verdict(service, revisions.objects, pods.objects);
      const reason = services.failure ?? "Knative has not looked at it yet";
      return { state: "pending", reason, revision: undefined };
    };
    const end = (found: Verdict) => {
      clearTimeout(timer);
      for (const each of watches) each.end();
      resolve(found);
    };
    const timer = setTimeout(() => end(lookAt()), milliseconds);
  });
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
