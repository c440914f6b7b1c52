import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { stages, type KubernetesObject } from "../manifests/release.ts";

/** Creates the objects of a release, each stage once the one before works; see {@link stages}. */
export function installInStages(
  name: string,
  objects: readonly KubernetesObject[],
  opts: pulumi.ComponentResourceOptions,
): void {
  let before = opts.dependsOn;
  const { base, servers, webhooks, last } = stages(objects);
  for (const [stage, objs] of [
    ["base", base],
    ["servers", servers],
    ["webhooks", webhooks],
    ["last", last],
  ] as const) {
    if (objs.length === 0) continue;
    before = new k8s.yaml.v2.ConfigGroup(
      `${name}-${stage}`,
      { objs: [...objs] },
      { ...opts, ...(before === undefined ? {} : { dependsOn: before }) },
    );
  }
}
