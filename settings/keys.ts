import { z } from "zod";
import { isRegistryAddress } from "../manifests/mirror.ts";
import { scaleSchema } from "../source/scale.ts";
import {
  absolutePath,
  dnsLabel,
  domain,
  httpUrl,
  imagesByName,
  noControls,
  nodeFolder,
  objectName,
  oneOf,
  readyMadeImages,
  secretKey,
  share,
  size,
  text,
  version,
} from "./values.ts";

/**
 * Every setting of a stack, under `knflow:` in its `Pulumi.<stack>.yaml`. The descriptions are the reference: `npm run settings`
 * writes the declarations in Pulumi.yaml and the README's table from here.
 */
export const settingsKeys = z.strictObject({
  embedded: dnsLabel
    .optional()
    .describe("The embedded cluster's instance to deploy to (`npx knflow cluster up`); this or `context`."),
  kubeconfig: text
    .refine((file) => !file.startsWith("~"), { error: "must be a whole path: only a shell knows what ~ is" })
    .optional()
    .describe("The kubeconfig file. Default: `KUBECONFIG` of the environment, else `~/.kube/config`."),
  context: text
    .optional()
    .describe(
      "The kubeconfig's context to deploy to. There is no default: a cluster is chosen, never met by accident.",
    ),
  namespace: dnsLabel
    .optional()
    .describe("The namespace of everything that belongs to this stack. Default: `knflow-<stack>`."),
  platform: oneOf(["managed", "external"])
    .default("managed")
    .describe("`managed` installs Knative Serving and Kourier; `external` uses what the cluster has."),
  knativeVersion: version.default("1.21.0").describe("The Knative Serving release to install."),
  kourierVersion: version.optional().describe("The net-kourier release to install. Default: `knativeVersion`."),
  manifests: text
    .refine((text) => !/^https?:/.test(text) || httpUrl.safeParse(text).success, {
      error: "must be a folder, or an address without a user and a password",
    })
    .optional()
    .describe(
      "A folder, or an address, that has `serving-crds.yaml`, `serving-core.yaml`, `kourier.yaml`. Default: the projects' own release pages.",
    ),
  manifestSha256: z
    .record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"))
    .default({})
    .describe("sha256 of these files by their names; needed where they are downloaded."),
  platformCpuRequest: z
    .string()
    .regex(/^[1-9]\d*m?$/, 'must be a quantity of CPU such as "20m" or "1"')
    .optional()
    .describe(
      "CPU that each container of Knative and Kourier asks for, such as `20m`. Default: the release's, on the embedded cluster `20m`.",
    ),
  domain: domain
    .optional()
    .describe(
      "The domain of the functions' hosts. Default: `<externalIp>.sslip.io`; without `externalIp` it has to be set.",
    ),
  externalIp: z
    .ipv4({ error: "must be an IPv4 address" })
    .optional()
    .describe("The IPv4 address at which the gateway is reached from outside."),
  gatewayType: oneOf(["LoadBalancer", "NodePort", "ClusterIP"])
    .default("LoadBalancer")
    .describe("The type of the gateway's Service: `LoadBalancer`, `NodePort` or `ClusterIP`."),
  gatewayUrl: httpUrl
    .optional()
    .describe(
      "Where `knflow invoke` sends requests. Default: `http://<externalIp>`, or what a load balancer gave when the stack was made; set it where that has changed.",
    ),
  codeVolumeName: dnsLabel
    .default("faasit-code-volume")
    .describe(
      "The code volume's PersistentVolume; its claim is `<name>-claim`. Stacks on one cluster need different names.",
    ),
  codeVolumeCapacity: size.default("1Gi").describe("Size of the PersistentVolume."),
  codeVolumeRequest: size.default("512Mi").describe("Size that the claim asks for."),
  codeVolumePath: nodeFolder
    .optional()
    .describe(
      "The folder on the node that holds the code; `<folder>-runs` beside it holds the run store. To move the volume, change its name too: code is pushed to the new one, and runs begin anew. Default: `/var/lib/knflow/<namespace>`.",
    ),
  codeVolumeNode: objectName.optional().describe("The node that has this folder; set it on clusters of several nodes."),
  codeVolumeStorageClass: objectName
    .optional()
    .describe(
      "A StorageClass that provides the volumes instead of folders on a node. To be chosen before the first deployment: volumes that are there do not move to it.",
    ),
  runStore: oneOf(["managed", "none"])
    .default("managed")
    .describe(
      "Where runs are written down: `managed`, a PostgreSQL of the stack's own, or `none`: a run lives only as long as its request.",
    ),
  runStoreUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: "must be an address beginning with postgres://" })
    .regex(/^\S*$/, "must not hold white space")
    .optional()
    .describe(
      "A PostgreSQL that is there instead, `postgres://<user>:<password>@<host>[:port]/<database>`; set it with `--secret`.",
    ),
  runStoreSize: size.default("1Gi").describe("Size of the run store's volume."),
  runRetentionDays: z
    .number()
    .positive("must be above 0")
    .max(3650, "must be at most 3650")
    .default(7)
    .describe("Days that runs are kept after their end."),
  workflowPage: z
    .boolean("must be true or false")
    .default(true)
    .describe("Whether a browser that opens a workflow's address is shown [its page](docs/reference/page.md)."),
  networkPolicies: z
    .boolean("must be true or false")
    .default(true)
    .describe("[Who may connect](docs/reference/security.md) to the stack's pods, where the cluster enforces it."),
  gatewayNamespaces: z
    .array(dnsLabel)
    .min(1, "must name one namespace or more")
    .default(["knative-serving", "kourier-system"])
    .describe(
      "The namespaces of Knative Serving and of the gateway, whose pods may connect to functions and workflows.",
    ),
  codeListing: z
    .boolean("must be true or false")
    .default(false)
    .describe("Whether the file server lists what the code volume holds, below `/data/`."),
  mirror: z
    .string()
    .refine(isRegistryAddress, { error: "must be <host>[:port][/path], such as registry.example.com/mirror" })
    .optional()
    .describe(
      "A registry that has a copy of every image that is not built, as `npx knflow images mirror` makes it: [behind a firewall](docs/guides/behind-a-firewall.md). What `images` and `baseImages` name stays as it is.",
    ),
  registry: z
    .string()
    .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)*$/, "must be <host>[:port][/path]")
    .optional()
    .describe("Where runtime images are pushed to and pulled from, such as `registry.example.com/team`."),
  imageBuilder: oneOf(["buildkit", "docker"])
    .default("buildkit")
    .describe("What builds images: `buildkit`, or `docker`, an engine on this host."),
  images: readyMadeImages
    .default({})
    .describe(
      "Ready-made images, used instead of a build: `python`, `node`, `workflow`, `fileServer`; `runStore` names PostgreSQL's (`postgres:17`).",
    ),
  baseImages: imagesByName
    .default({})
    .describe("Base images that the builds start from: `python`, `node`, `workflow`, `fileServer`."),
  caBundle: absolutePath
    .optional()
    .describe(
      "A `ca-certificates.crt` that builds, installations of packages and downloads trust, where the network re-signs TLS.",
    ),
  pipIndexUrl: httpUrl.optional().describe("The Python package index for builds and functions' packages."),
  pythonVersion: z
    .string()
    .regex(/^3\.(1\d|2\d)$/, 'must be a version from 3.10 on, in quotes, such as "3.12"')
    .optional()
    .describe(
      "Python's version in the runtime image, for which functions' packages are installed; set it with the base image. Default: `3.12`, on the embedded cluster `3.11`.",
    ),
  architecture: oneOf(["amd64", "arm64"])
    .optional()
    .describe(
      "The processors of the cluster's nodes, `amd64` or `arm64`: images are built and packages installed for them. Default: `amd64`, on the embedded cluster this machine's.",
    ),
  npmRegistry: httpUrl.optional().describe("The npm registry for builds and functions' packages."),
  functions: z
    .string()
    .regex(/^(?!\/)(?!.*\.\.(\/|$)).+$/, "must be a folder inside the project, relative to it")
    .regex(noControls, "must not hold control characters")
    .default("functions")
    .describe(
      "The folder of the workflows, relative to the project. `init`, `run`, `dev` and completion, which are of no stack, take `functions`.",
    ),
  scale: scaleSchema
    .default({})
    .describe(
      "How many pods functions and workflows have that do not say it in function.yaml: `min`, `max`, `initial`, `window`, such as `{ min: 1 }`.",
    ),
  protect: z
    .boolean("must be true or false")
    .default(false)
    .describe(
      "Whether Pulumi refuses to remove what holds data: namespace, code volume, run store. A destroy then stops at its preview; to go through with it, set this to `false` and run `pulumi up` first.",
    ),
  tracing: z
    .strictObject({
      /** The collector's address, without /v1/traces. */
      endpoint: z
        .string()
        .regex(
          /^https?:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*$/,
          "must be an address such as http://collector.observability:4318",
        ),
      /** The share of traces that are kept. */
      sampling: share.default(1),
      /** A Kubernetes Secret of the stack's namespace with headers for the collector: name=value,name=value. */
      headers: z.strictObject({ secret: objectName, key: secretKey }).optional(),
    })
    .optional()
    .describe(
      "[Traces](docs/guides/observability.md) of runs by OTLP/HTTP: `endpoint`, such as `http://collector.observability:4318`; `sampling`, the share that is kept (`1`); `headers`, a `secret` and its `key`.",
    ),
  metrics: z
    .strictObject({ namespaces: z.array(dnsLabel).min(1, "must name one namespace or more") })
    .optional()
    .describe("Metrics for Prometheus, and who may read them: `namespaces`, such as `[monitoring]`."),
  logLevel: oneOf(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Log level of the runtimes: `debug`, `info`, `warn` or `error`."),
  logPayloadBytes: z
    .int()
    .min(0, "must be 0 or more")
    .max(8192, "must be at most 8192")
    .default(1024)
    .describe("Functions log inputs and outputs up to this size, at most 8192; 0: only their sizes."),
  reload: z
    .boolean("must be true or false")
    .default(false)
    .describe(
      "Whether an update has pods that are awake [take changed code](docs/reference/watch-and-traffic.md#at-an-update) before there is a Revision of it: for stacks that one develops on.",
    ),
  readyTimeoutSeconds: z
    .int()
    .min(10, "must be at least 10")
    .max(3600, "must be at most 3600")
    .default(120)
    .describe("Seconds that a new Revision may take to become ready."),
});

/** The settings as they are written, with defaults. */
export type SettingsKeys = z.output<typeof settingsKeys>;

/** The namespace of everything that belongs to a stack. */
export function namespaceOf(keys: Pick<SettingsKeys, "namespace">, stack: string): string {
  return keys.namespace ?? `knflow-${stack}`;
}
