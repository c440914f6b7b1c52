import * as pulumi from "@pulumi/pulumi";

/** A resource that the program asked for. */
export interface AskedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/**
 * Starts recording what a program asks for, in place of an engine. Mocks are global to a process, which is why these
 * tests run in a process of their own.
 */
export function recordResources(options: { preview?: boolean } = {}): AskedResource[] {
  const asked: AskedResource[] = [];
  void pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        asked.push({ type: args.type, name: args.name, inputs: args.inputs as Record<string, unknown> });
        return {
          id: `${args.name}-id`,
          state: { ...(args.inputs as object), ...outputsOf(args.type, args.name, args.inputs as never) },
        };
      },
      call: () => ({}),
    },
    "knflow",
    "test",
    options.preview ?? false,
  );
  return asked;
}

/** What a provider would add to the inputs. */
function outputsOf(type: string, name: string, inputs: { metadata?: { name: string; namespace: string } }): object {
  switch (type) {
    case "kubernetes:serving.knative.dev/v1:Service":
      return {
        metadata: { ...inputs.metadata, uid: `uid of ${inputs.metadata?.name}`, generation: 1 },
        status: {
          url: `http://${inputs.metadata?.name}.${inputs.metadata?.namespace}.192.0.2.7.sslip.io`,
        },
      };
    case "kubernetes:core/v1:Secret":
      return { metadata: { name: `${name}-made`, ...inputs.metadata, resourceVersion: "version-of-secret" } };
    case "docker-build:index:Image":
      return { ref: `localhost:5000/knflow/${name}:tag@sha256:${"b".repeat(64)}` };
    case "docker:index/image:Image":
      return { repoDigest: `registry.example.com/knflow/${name}@sha256:${"c".repeat(64)}` };
    case "command:local:Command":
      return { stdout: `stdout of ${name}`, stderr: "" };
    default:
      return {};
  }
}

/** The value of an output, once the program has settled it. */
export function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value)));
}
