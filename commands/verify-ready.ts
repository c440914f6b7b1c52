import { UserError } from "../console/errors.ts";
import { ClusterApi } from "./cluster-api.ts";
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
async function finalVerdict(namespace: string, name: string, milliseconds: number): Promise<Verdict> {
  const api = await ClusterApi.open();
  const made = { labelSelector: `serving.knative.dev/service=${name}` };
  const serving = `/apis/serving.knative.dev/v1/namespaces/${namespace}`;
  const found = Promise.withResolvers<Verdict>();
  const look = () => {
    const now = lookAt();
    if (now.state !== "pending") found.resolve(now);
  };
  const watch = <T extends { metadata: { name: string } }>(path: string, query: Record<string, string>) =>
    new Watched<T>(api, { path, query }, look);
  const services = watch<KnativeServiceObject>(`${serving}/services`, { fieldSelector: `metadata.name=${name}` });
  const revisions = watch<RevisionObject>(`${serving}/revisions`, made);
  const pods = watch<PodObject>(`/api/v1/namespaces/${namespace}/pods`, made);
  const watches = [services, revisions, pods];
  const timer = setTimeout(() => found.resolve(lookAt()), milliseconds);

  function lookAt(): Verdict {
    const failure = watches.map((each) => each.failure).find((text) => text !== undefined);
    // What was seen before may be old.
    const unseen = failure === undefined ? "" : ` (the cluster cannot be asked: ${failure})`;
    const [service] = services.objects;
    if (service === undefined) {
      return { state: "pending", reason: `Knative has not looked at it yet${unseen}`, revision: undefined };
    }
    const seen = verdict(service, revisions.objects, pods.objects);
    return seen.state === "pending" ? { ...seen, reason: seen.reason + unseen } : seen;
  }
  const last = await found.promise;
  clearTimeout(timer);
  for (const each of watches) each.end();
  await api.close();
  return last;
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
