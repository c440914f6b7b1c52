import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand, updateAccess } from "./kubectl.ts";
import { logExcerpt } from "./log-excerpt.ts";
import { Reloader } from "./reloader.ts";
import { suspectArchive } from "./suspect.ts";
import { revisionLabel, type Verdict } from "./verdict.ts";
import { watchingService } from "./watched-services.ts";

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

/**
 * The first verdict that is not `pending`, or the last one there is in time. Where pods may have taken the code before there was a
 * Revision of it, they get their own back unless that one is ready.
 */
async function finalVerdict(namespace: string, name: string, milliseconds: number): Promise<Verdict> {
  return watchingService(namespace, name, async (services) => {
    const last = await services.final(name, { milliseconds });
    const object = process.env.KNFLOW_RELOADED_OBJECT;
    if (last.state !== "ready" && object !== undefined) {
      const reloader = new Reloader({ services, namespace, access: updateAccess() });
      await reloader.reset({ service: name, object, sha256: required("KNFLOW_RELOADED_SHA256") });
    }
    return last;
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
