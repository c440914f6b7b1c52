import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifests } from "../manifests/platform.ts";
import { installInStages } from "./staged-release.ts";

/** Arguments of {@link Kourier}. */
export type KourierArgs = Pick<PlatformManifests, "kourier">;

/** Kourier: the ingress that brings requests to Knative Services. */
export class Kourier extends pulumi.ComponentResource {
  constructor(name: string, args: KourierArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:Kourier", name, {}, opts);
    installInStages(name, args.kourier, { parent: this });
    this.registerOutputs({});
  }
}
