import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifests } from "../manifests/platform.ts";
import { installInStages } from "./staged-release.ts";

/** Arguments of {@link KnativeServing}. */
export type KnativeServingArgs = Pick<PlatformManifests, "crds" | "serving">;

/** Knative Serving, in the order in which each part can work: its CRDs, each established; then its core in stages. */
export class KnativeServing extends pulumi.ComponentResource {
  constructor(name: string, args: KnativeServingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:KnativeServing", name, {}, opts);
    const crds = new k8s.yaml.v2.ConfigGroup(`${name}-crds`, { objs: [...args.crds] }, { parent: this });
    installInStages(name, args.serving, { parent: this, dependsOn: crds });
    this.registerOutputs({});
  }
}
