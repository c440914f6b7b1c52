import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { codeOrigin, fileServerDeployment, fileServerService, listingConfig } from "../manifests/file-server.ts";

/** Arguments of {@link FileServer}. */
export interface FileServerArgs {
  readonly namespace: string;
  /** The file server's image, by digest. */
  readonly image: pulumi.Input<string>;
  /** The claim of the code volume. */
  readonly claim: pulumi.Input<string>;
  /** Whether it lists what the volume holds. */
  readonly listing: boolean;
}

/** The nginx server that gives archives to starting pods, and through whose pod they are pushed. */
export class FileServer extends pulumi.ComponentResource {
  /** The address that archives are downloaded from, ending in `/data/`. */
  readonly origin: string;

  constructor(name: string, args: FileServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:FileServer", name, {}, opts);
    const child = { parent: this };

    const deployment = pulumi
      .all([args.image, args.claim])
      .apply(([image, claim]) => fileServerDeployment({ ...args, image, claim }));
    const listing = args.listing ? [this.#list(name, args.namespace)] : [];
    const server = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      { metadata: deployment.metadata, spec: deployment.spec },
      { ...child, dependsOn: listing },
    );
    new k8s.core.v1.Service(`${name}-service`, fileServerService(args.namespace), { ...child, dependsOn: server });

    this.origin = codeOrigin(args.namespace);
    this.registerOutputs({ origin: this.origin });
  }

  #list(name: string, namespace: string): pulumi.Resource {
    const location = readFileSync("runtimes/file-server/listing.conf", "utf8");
    return new k8s.core.v1.ConfigMap(`${name}-listing`, listingConfig(namespace, location), { parent: this });
  }
}
