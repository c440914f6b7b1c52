import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  configureCrds,
  configureServing,
  stages,
  type KubernetesObject,
  type ServingConfiguration,
} from "../manifests/release.ts";

/** Arguments of {@link KnativeServing}. */
export interface KnativeServingArgs extends ServingConfiguration {
  /** serving-crds.yaml of the release. */
  readonly crds: readonly KubernetesObject[];
  /** serving-core.yaml of the release. */
  readonly core: readonly KubernetesObject[];
}

/**
 * Knative Serving, in the order in which each part can work: its CRDs, each established; its core, with the ConfigMaps as
 * the platform needs them; and, when its Deployments run, the webhooks and what these have to admit.
 */
export class KnativeServing extends pulumi.ComponentResource {
  constructor(name: string, args: KnativeServingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:KnativeServing", name, {}, opts);
    const { core, admitted } = stages(configureServing(args.core, args));

    const crds = new k8s.yaml.v2.ConfigGroup(`${name}-crds`, { objs: configureCrds(args.crds) }, { parent: this });
    const servers = new k8s.yaml.v2.ConfigGroup(`${name}-core`, { objs: core }, { parent: this, dependsOn: crds });
    new k8s.yaml.v2.ConfigGroup(`${name}-webhooks`, { objs: admitted }, { parent: this, dependsOn: servers });

    this.registerOutputs({});
  }
}
