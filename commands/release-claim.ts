import { UserError } from "../console/errors.ts";
import { labels } from "../manifests/labels.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

interface DeploymentList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly template: {
        readonly spec: { readonly volumes?: { readonly persistentVolumeClaim?: { readonly claimName: string } }[] };
      };
    };
  }[];
}

/**
 * Removes a claim, and before it the Deployments of knflow that use it. Run by a command resource when it is deleted: what the
 * stack knows of is gone by then; one that a killed update made and did not write down would hold the claim or its volume for
 * ever.
 */
async function releaseClaim(): Promise<void> {
  const inNamespace = ["-n", required("KNFLOW_NAMESPACE")];
  const claim = required("KNFLOW_CLAIM");
  const remove = async (kind: string, names: readonly string[], ...how: string[]) => {
    const flags = ["--ignore-not-found", "--timeout=120s", ...how];
    const removed = await kubectl([...inNamespace, "delete", kind, ...names, ...flags]);
    if (removed.failed) throw new UserError(`${names.join(", ")} cannot be removed: ${removed.stderr.trim()}`);
  };
  const users = await usersOf(claim, inNamespace);
  if (users.length > 0) await remove("deployments.apps", users, "--cascade=foreground");
  await remove("persistentvolumeclaims", [claim]);
}

/** The Deployments of knflow that use a claim. */
async function usersOf(claim: string, inNamespace: readonly string[]): Promise<string[]> {
  const ours = ["-l", `${labels.managedBy}=knflow`, "-o", "json"];
  const listed = await kubectl([...inNamespace, "get", "deployments.apps", ...ours]);
  if (listed.failed)
    throw new UserError(`the Deployments that use ${claim} cannot be looked at: ${listed.stderr.trim()}`);
  return (JSON.parse(listed.stdout) as DeploymentList).items
    .filter(({ spec }) =>
      spec.template.spec.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === claim),
    )
    .map(({ metadata }) => metadata.name);
}

await runCommand(releaseClaim);
