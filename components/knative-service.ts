import * as pulumi from "@pulumi/pulumi";

/** What Knative tells of a Knative Service. */
export interface KnativeServiceStatus {
  readonly url?: string;
}

/** The manifest of a Knative Service, as `manifests/knative-service.ts` builds it. */
export interface KnativeServiceArgs {
  readonly metadata: pulumi.Input<object>;
  readonly spec: pulumi.Input<object>;
}

/**
 * A Knative Service as a resource of the Kubernetes provider. The provider's own CustomResource type declares no
 * `status`, and only declared properties come back as outputs.
 */
export class KnativeService extends pulumi.CustomResource {
  declare readonly metadata: pulumi.Output<{
    readonly name: string;
    readonly uid?: string;
    readonly generation?: number;
  }>;
  declare readonly status: pulumi.Output<KnativeServiceStatus | undefined>;

  constructor(name: string, args: KnativeServiceArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { apiVersion: "serving.knative.dev/v1", kind: "Service", ...args, status: undefined };
    super("kubernetes:serving.knative.dev/v1:Service", name, props, opts);
  }

  /** The address that Knative gave to the service. */
  get url(): pulumi.Output<string> {
    return this.#told((status) => status.url);
  }

  /** The host of that address, which requests through the gateway carry in their Host header. */
  get host(): pulumi.Output<string> {
    return this.#told((status) => (status.url === undefined ? undefined : new URL(status.url).host));
  }

  /** Something of the status: unknown at the preview of a service that is not there yet. */
  #told(read: (status: KnativeServiceStatus) => string | undefined): pulumi.Output<string> {
    return this.status.apply(
      (status) => read(status ?? {}) ?? (pulumi.runtime.isDryRun() ? (pulumi.unknown as string) : ""),
    );
  }
}
