import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  externalStoreSecret,
  runKeeperDeployment,
  runStoreConfig,
  runStoreDeployment,
  runStoreSecret,
  runStoreService,
} from "../manifests/run-store.ts";
import type { VolumeSpec } from "../manifests/volume.ts";
import { persistentClaim } from "./persistent-claim.ts";

/** A server that the stack has for itself. */
interface OwnServer {
  /** An image with PostgreSQL. */
  readonly image: string;
  readonly volume: Omit<VolumeSpec, "purpose" | "namespace">;
}

/** Arguments of {@link RunStore}. */
export interface RunStoreArgs {
  readonly namespace: string;
  /** A server of the stack's own, or the address of one that is there. */
  readonly server: OwnServer | { readonly url: string };
  /** What gives the folder of the own server's volume to its user; none where a StorageClass provides the volume. */
  readonly prepared: pulumi.Resource | undefined;
  /** Whether Pulumi refuses to remove the own server's volume and password. */
  readonly protect: boolean;
  /** The executor's image, which has the run keeper too. */
  readonly keeperImage: pulumi.Input<string>;
  /** Days that a run is kept after its end. */
  readonly retentionDays: number;
  readonly logLevel: string;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
}

/** What an executor has to know of the store. */
export interface StoreAccess {
  /** The Secret with the store's address, which has to be there first. */
  readonly secret: pulumi.Resource;
  /** Another one with each change of the Secret, so that pods that read it are made anew. */
  readonly version: pulumi.Output<string>;
}

/** Where runs are written down: PostgreSQL, and the run keeper, which brings runs that no executor has to one. */
export class RunStore extends pulumi.ComponentResource {
  /** By which executors find the store; the server itself may come later. */
  readonly access: StoreAccess;

  constructor(name: string, args: RunStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:RunStore", name, {}, opts);
    const { namespace } = args;
    const child = { parent: this };

    const server = "url" in args.server ? undefined : args.server;
    const secret =
      "url" in args.server
        ? pulumi.output(externalStoreSecret(namespace, args.server.url))
        : newPassword(name, { ...child, protect: args.protect }).apply((password) =>
            runStoreSecret(namespace, password),
          );
    const made = new k8s.core.v1.Secret(
      `${name}-secret`,
      { metadata: secret.metadata, stringData: pulumi.secret(secret.stringData) },
      child,
    );
    this.access = { secret: made, version: made.metadata.resourceVersion };
    const running = server && this.#serve(name, args, server);

    const keeper = pulumi
      .all([args.keeperImage, this.access.version])
      .apply(([image, secretVersion]) => runKeeperDeployment({ ...args, image, secretVersion }));
    new k8s.apps.v1.Deployment(
      `${name}-keeper`,
      { metadata: keeper.metadata, spec: keeper.spec },
      { ...child, dependsOn: running === undefined ? made : [made, running] },
    );

    this.registerOutputs({});
  }

  #serve(name: string, args: RunStoreArgs, { image, volume }: OwnServer): pulumi.Resource {
    const { namespace, prepared, protect } = args;
    const child = { parent: this };
    const claim = persistentClaim(
      name,
      { ...volume, namespace, purpose: "run-store" },
      { ...child, protect },
      prepared === undefined ? [] : [prepared],
      args.clusterEnvironment,
    );
    const config = new k8s.core.v1.ConfigMap(`${name}-config`, runStoreConfig(namespace), child);
    const deployment = pulumi
      .all([claim, this.access.version])
      .apply(([claimed, secretVersion]) => runStoreDeployment({ namespace, image, claim: claimed, secretVersion }));
    const running = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      { metadata: deployment.metadata, spec: deployment.spec },
      { ...child, dependsOn: [this.access.secret, config] },
    );
    return new k8s.core.v1.Service(`${name}-service`, runStoreService(namespace), { ...child, dependsOn: running });
  }
}

/** Made once, and kept in the stack's state as a secret. Its line stays as it is: another one would make another password. */
function newPassword(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const made = new command.local.Command(
    `${name}-password`,
    { create: "node commands/new-password.ts", logging: command.local.Logging.None },
    { ...opts, additionalSecretOutputs: ["stdout"] },
  );
  return made.stdout;
}
