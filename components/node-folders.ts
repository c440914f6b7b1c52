import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { prepareFoldersJob, prepareFoldersName } from "../manifests/node-folders.ts";

/** Arguments of {@link nodeFolders}. */
export interface NodeFoldersArgs {
  /** The namespace of what uses the folders; the Job's own is `<namespace>-setup`. */
  readonly namespace: string;
  /** Absolute paths on the node. */
  readonly folders: readonly string[];
  readonly node: string | undefined;
  /** The image of the Job; any with `chown`. */
  readonly image: pulumi.Input<string>;
}

/** Gives folders of a node to the user that knflow's pods run as; nothing else ever runs in the Job's namespace. */
export function nodeFolders(name: string, args: NodeFoldersArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const setupNamespace = `${args.namespace}-setup`;
  const namespace = new k8s.core.v1.Namespace(
    `${name}-setup`,
    { metadata: { name: setupNamespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
    opts,
  );
  const image = pulumi.output(args.image);
  const jobName = image.apply((image) => prepareFoldersName({ ...args, setupNamespace, image }));
  const job = prepareFoldersJob({ ...args, name: jobName, setupNamespace, image });
  return new k8s.batch.v1.Job(`${name}-prepare`, job, { ...opts, dependsOn: namespace });
}
