import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  configureCrds,
  configureServing,
  type KubernetesObject,
  type ServingConfiguration,
} from "../manifests/release.ts";
import { installInStages } from "./staged-release.ts";

/** Arguments of {@link KnativeServing}. */
export interface KnativeServingArgs extends ServingConfiguration {
  /** serving-crds.yaml of the release. */
  readonly crds: readonly KubernetesObject[];
  /** serving-core.yaml of the release. */
  readonly core: readonly KubernetesObject[];
}

/**
 * Knative Serving, in the order in which each part can work: its CRDs, each established; then its core in stages, with the
 * ConfigMaps as the platform needs them.
 */
export class KnativeServing extends pulumi.ComponentResource {
  constructor(name: string, args: KnativeServingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:KnativeServing", name, {}, opts);
    const crds = new k8s.yaml.v2.ConfigGroup(`${name}-crds`, { objs: configureCrds(args.crds) }, { parent: this });
    installInStages(name, configureServing(args.core, args), { parent: this, dependsOn: crds });
    this.registerOutputs({});
  }
}
