import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { networkPolicies, type NetworkPoliciesSpec } from "../manifests/network-policies.ts";

/** Who may open connections to the stack's pods, as far as the cluster's network enforces it. */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesSpec, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:NetworkPolicies", name, {}, opts);
    for (const policy of networkPolicies(args))
      new k8s.networking.v1.NetworkPolicy(`${name}-${policy.metadata.name}`, policy, { parent: this });
    this.registerOutputs({});
  }
}
