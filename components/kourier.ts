import * as pulumi from "@pulumi/pulumi";
import { configureKourier, type GatewayType, type KubernetesObject } from "../manifests/release.ts";
import type { PlatformTracing } from "../manifests/telemetry.ts";
import { installInStages } from "./staged-release.ts";

/** Arguments of {@link Kourier}. */
export interface KourierArgs {
  /** kourier.yaml of the release. */
  readonly objects: readonly KubernetesObject[];
  /** The type of the gateway's Service. */
  readonly gatewayType: GatewayType;
  /** The address at which the gateway is reached from outside; none where a load balancer or a NodePort gives it. */
  readonly externalIp?: string | undefined;
  /** Where the gateway's spans go. */
  readonly tracing?: PlatformTracing | undefined;
}

/** Kourier: the ingress that brings requests to Knative Services. */
export class Kourier extends pulumi.ComponentResource {
  constructor(name: string, args: KourierArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:Kourier", name, {}, opts);

    const gateway = { type: args.gatewayType, externalIp: args.externalIp, tracing: args.tracing };
    installInStages(name, configureKourier(args.objects, gateway), { parent: this });

    this.registerOutputs({});
  }
}
