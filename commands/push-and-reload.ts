import { UserError } from "../console/errors.ts";
import { pushArchive } from "./archive.ts";
import { required, runCommand, updateAccess } from "./kubectl.ts";
import { Reloader } from "./reloader.ts";
import { watchingService } from "./watched-services.ts";

/** Milliseconds that the cluster has to say which pods there are; the new Revision alone brings the code otherwise. */
const patience = 5000;

/**
 * Puts an archive onto the code volume as `push-archive.ts` does, and has the Knative Service's pods take it that are awake, before there
 * is a Revision of it (ADR 0083). Fails, so that there will be none, where they say that the code cannot be loaded.
 */
async function pushAndReload(): Promise<void> {
  const service = required("KNFLOW_SERVICE");
  await watchingService(required("KNFLOW_NAMESPACE"), service, async (services) => {
    const { namespace, object, sha256, done } = await pushArchive();
    await services.until(() => services.listed, { milliseconds: patience });
    const reloader = new Reloader({ services, namespace, access: updateAccess() });
    const taken = await reloader.reload({ service, object, sha256 });
    if ("refusal" in taken) throw new UserError(`${service} would not be ready: ${taken.refusal}`);
    process.stdout.write(taken.pods === 0 ? `${done}\n` : `${done}; pods that took it: ${taken.pods}\n`);
  });
}

await runCommand(pushAndReload);
