import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  configureCrds,
  configureServing,
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
 * Knative Serving: first its CRDs, each established, then its core with the ConfigMaps as the platform needs them. It is
 * done when all its Deployments run and the webhooks' Services have endpoints.
 */
export class KnativeServing extends pulumi.ComponentResource {
  constructor(name: string, args: KnativeServingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:KnativeServing", name, {}, opts);

    const crds = new k8s.yaml.v2.ConfigGroup(`${name}-crds`, { objs: configureCrds(args.crds) }, { parent: this });
    // The core's file repeats the CRDs, so that it can be applied alone; they have one owner here.
    const core = configureServing(args.core, args).filter((object) => object.kind !== "CustomResourceDefinition");
    new k8s.yaml.v2.ConfigGroup(`${name}-core`, { objs: core }, { parent: this, dependsOn: crds });

    this.registerOutputs({});
  }
}
