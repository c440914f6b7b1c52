import * as pulumi from "@pulumi/pulumi";
import { claimName, type VolumeSpec } from "../manifests/volume.ts";
import { persistentClaim } from "./persistent-claim.ts";

/** Arguments of {@link CodeVolume}. */
export interface CodeVolumeArgs extends Omit<VolumeSpec, "purpose"> {
  /** What gives the folder on the node to the file server's user; none where a StorageClass is chosen. */
  readonly prepared: pulumi.Resource | undefined;
  /** Whether Pulumi refuses to remove it. */
  readonly protect: boolean;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
}

/** The volume that holds the archives. Its data outlive the stack (reclaim policy Retain). */
export class CodeVolume extends pulumi.ComponentResource {
  /** The name of the claim, known once it exists and its folder is usable. */
  readonly claim: pulumi.Output<string>;

  constructor(name: string, args: CodeVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:CodeVolume", name, {}, opts);
    const { prepared, protect, clusterEnvironment, ...volume } = args;
    this.claim = persistentClaim(
      name,
      { ...volume, purpose: "code-volume" },
      { parent: this, protect },
      prepared === undefined ? [] : [prepared],
      clusterEnvironment,
    );
    this.registerOutputs({ claim: claimName(args.name) });
  }
}
