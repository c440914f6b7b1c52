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
 * Removes Deployments of knflow that use a claim which is about to go. Run by a command resource when it is deleted: those that
 * the stack knows of are gone by then; one that a killed update made and did not write down would hold the claim for ever.
 */
async function releaseClaim(): Promise<void> {
  const inNamespace = ["-n", required("KNFLOW_NAMESPACE")];
  const claim = required("KNFLOW_CLAIM");
  const ours = ["-l", `${labels.managedBy}=knflow`, "-o", "json"];
  const listed = await kubectl([...inNamespace, "get", "deployments.apps", ...ours]);
  if (listed.failed)
    throw new UserError(`the Deployments that use ${claim} cannot be looked at: ${listed.stderr.trim()}`);
  const users = (JSON.parse(listed.stdout) as DeploymentList).items.filter(({ spec }) =>
    spec.template.spec.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === claim),
  );
  if (users.length === 0) return;
  const names = users.map(({ metadata }) => metadata.name);
  const removed = await kubectl([
    ...[...inNamespace, "delete", "deployments.apps", ...names],
    ...["--cascade=foreground", "--ignore-not-found", "--timeout=120s"],
  ]);
  if (removed.failed) throw new UserError(`${names.join(", ")} cannot be removed: ${removed.stderr.trim()}`);
}

await runCommand(releaseClaim);
