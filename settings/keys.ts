import { z } from "zod";
import { isRegistryAddress } from "../manifests/mirror.ts";

const flag = (allowed: readonly string[]) => `must be one of: ${allowed.join(", ")}`;
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, { error: flag(values) });

const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be a DNS label: lower-case letters, digits and "-", at most 63 characters',
  );
const domain = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a domain such as functions.example.com",
  );
const size = z.string().regex(/^[1-9]\d*(Mi|Gi|Ti)$/, 'must be a size such as "512Mi" or "1Gi"');
/** No name or path has these; those who look at one in a message, a log or a file would be misled. */
const noControls = /^[^\0-\x1f\x7f]*$/;
const text = z.string().min(1).regex(noControls, "must not hold control characters");
const absolutePath = text.regex(/^\//, "must be an absolute path");
const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    'must be the name of an object of Kubernetes: lower-case letters, digits, "-" and "."',
  );
/** `pulumi config set --path` writes 0.1 as a text. */
const share = z.preprocess(
  (value) => (typeof value === "string" && /^\d(\.\d+)?$/.test(value) ? Number(value) : value),
  z.number("must be from 0 to 1").min(0, "must be from 0 to 1").max(1, "must be from 0 to 1"),
);
const secretKey = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'must be the key of a Secret: letters, digits, "-", "_" and "."');
const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an address beginning with http:// or https://" })
  .regex(/^\S*$/, "must not hold white space")
  // Settings stand in state and in images' history in clear.
  .refine((text) => !URL.canParse(text) || new URL(text).username === "", {
    error: "must not hold a user or a password; give those to pip by a netrc file, to npm by ~/.npmrc",
  });
/** Folders of a node that belong to its system: the code volume's is given to another user. */
const systemFolder = /^\/(bin|boot|dev|etc|home|lib|lib64|proc|root|run|sbin|sys|usr|tmp|var|var\/lib)?\/*$/;
const nodeFolder = z
  .string()
  .regex(/^(\/[\w.@+-]+)+$/, "must be an absolute path of letters, digits and . _ - + @")
  .refine((path) => !path.split("/").some((part) => part === "." || part === ".."), "must not hold . or ..")
  .refine((path) => !systemFolder.test(path), "must be a folder of its own, not one of the system's");
const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'must be a release such as "1.21.0"');
const image = z
  .string()
  .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, "must be an image reference");
const imagesByName = z.strictObject({
  /** The Python runtime. */
  python: image.optional(),
  /** The Node.js runtime. */
  node: image.optional(),
  /** The workflow executor. */
  workflow: image.optional(),
  /** The nginx file server. */
  fileServer: image.optional(),
});

const readyMadeImages = imagesByName.extend({
  /** PostgreSQL, for the run store. */
  runStore: image.optional(),
});

/**
 * Every setting of a stack, under `knflow:` in its `Pulumi.<stack>.yaml`. The doc comments are the reference.
 */
export const settingsKeys = z.strictObject({
  /** The embedded cluster's instance to deploy to (`npx knflow cluster up`). Give this or `context`. */
  embedded: dnsLabel.optional(),
  /** The kubeconfig file. Default: the KUBECONFIG environment variable, else ~/.kube/config. */
  kubeconfig: text.optional(),
  /** The kubeconfig's context to deploy to. There is no default: a cluster is chosen, never met by accident. */
  context: text.optional(),
  /** The namespace of everything that belongs to this stack. Default: `knflow-<stack>`. */
  namespace: dnsLabel.optional(),
  /** `managed` installs Knative Serving and Kourier; `external` uses what the cluster has. */
  platform: oneOf(["managed", "external"]).default("managed"),
  /** The Knative Serving release to install. */
  knativeVersion: version.default("1.21.0"),
  /** The net-kourier release to install. Default: `knativeVersion`. */
  kourierVersion: version.optional(),
  /** Where the release's manifests are: a folder, or an address. Default: the projects' own release pages. */
  manifests: text
    .refine((text) => !/^https?:/.test(text) || httpUrl.safeParse(text).success, {
      error: "must be a folder, or an address without a user and a password",
    })
    .optional(),
  /** sha256 of serving-crds.yaml, serving-core.yaml and kourier.yaml; needed where they are downloaded. */
  manifestSha256: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits")).default({}),
  /** CPU that each container of Knative and Kourier asks for, such as "20m". Default: the release's, on the embedded cluster 20m. */
  platformCpuRequest: z
    .string()
    .regex(/^[1-9]\d*m?$/, 'must be a quantity of CPU such as "20m" or "1"')
    .optional(),
  /** The domain of the functions' hosts. Default: `<externalIp>.sslip.io`. */
  domain: domain.optional(),
  /** The address at which Kourier's gateway is reached from outside. */
  externalIp: z.ipv4({ error: "must be an IPv4 address" }).optional(),
  /** The type of Kourier's gateway Service. */
  gatewayType: oneOf(["LoadBalancer", "NodePort", "ClusterIP"]).default("LoadBalancer"),
  /** The address that requests are sent to. Default: http://<externalIp>. */
  gatewayUrl: httpUrl.optional(),
  /**
   * The code volume's PersistentVolume; its claim is `<name>-claim`. PersistentVolumes have no namespace: stacks on one
   * cluster need different names.
   */
  codeVolumeName: dnsLabel.default("faasit-code-volume"),
  /** Size of the PersistentVolume. */
  codeVolumeCapacity: size.default("1Gi"),
  /** Size that the claim asks for. */
  codeVolumeRequest: size.default("512Mi"),
  /** The folder on the node that holds the code. To move the volume, change its name too. */
  codeVolumePath: nodeFolder.optional(),
  /** The node that has this folder; set it on clusters of several nodes. */
  codeVolumeNode: objectName.optional(),
  /** A StorageClass that provides the volume instead of a folder on a node. */
  codeVolumeStorageClass: objectName.optional(),
  /** `managed` installs a store for runs; with `none` a run lives only as long as its request. */
  runStore: oneOf(["managed", "none"]).default("managed"),
  /** A PostgreSQL that is there, used instead: postgres://<user>:<password>@<host>[:port]/<database>. Set it with --secret. */
  runStoreUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: "must be an address beginning with postgres://" })
    .regex(/^\S*$/, "must not hold white space")
    .optional(),
  /** Size of the run store's volume. */
  runStoreSize: size.default("1Gi"),
  /** Days that runs are kept after their end. */
  runRetentionDays: z.number().positive("must be above 0").max(3650, "must be at most 3650").default(7),
  /** Whether a browser that opens a workflow's address is shown its page. */
  workflowPage: z.boolean("must be true or false").default(true),
  /** NetworkPolicies that say who may connect to the stack's pods; the cluster's network has to enforce them. */
  networkPolicies: z.boolean("must be true or false").default(true),
  /** The namespaces of Knative Serving and of the gateway, whose pods may connect to functions and workflows. */
  gatewayNamespaces: z
    .array(dnsLabel)
    .min(1, "must name one namespace or more")
    .default(["knative-serving", "kourier-system"]),
  /** Whether the file server lists what the code volume holds, below /data/. */
  codeListing: z.boolean("must be true or false").default(false),
  /**
   * A registry that has a copy of every image that is not built, as `npx knflow images mirror` makes it:
   * `<mirror>/<registry>/<path>`. Images that `images` and `baseImages` name stay as they are.
   */
  mirror: z
    .string()
    .refine(isRegistryAddress, { error: "must be <host>[:port][/path], such as registry.example.com/mirror" })
    .optional(),
  /** Where runtime images are pushed to and pulled from, such as registry.example.com/team. */
  registry: z
    .string()
    .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)*$/, "must be <host>[:port][/path]")
    .optional(),
  /** What builds runtime images: BuildKit, or a Docker engine on this host. */
  imageBuilder: oneOf(["buildkit", "docker"]).default("buildkit"),
  /** Ready-made images, used instead of a build: `python`, `node`, `workflow`, `fileServer`; and PostgreSQL's: `runStore`. */
  images: readyMadeImages.default({}),
  /** Base images that the builds start from: `python`, `node`, `workflow`, `fileServer`. */
  baseImages: imagesByName.default({}),
  /**
   * A file with the CA certificates to trust, for networks that re-sign TLS: by image builds, the installation of functions'
   * packages, and downloads of manifests and images.
   */
  caBundle: absolutePath.optional(),
  /** The Python package index for image builds and functions' packages. */
  pipIndexUrl: httpUrl.optional(),
  /** Python's version in the runtime image, for which functions' packages are installed. Default: that of the base image. */
  pythonVersion: z
    .string()
    .regex(/^3\.(1\d|2\d)$/, 'must be a version from 3.10 on, in quotes, such as "3.12"')
    .optional(),
  /** The processors of the cluster's nodes. Default: this machine's on the embedded cluster, else amd64. */
  architecture: oneOf(["amd64", "arm64"]).optional(),
  /** The npm registry for image builds and functions' packages. */
  npmRegistry: httpUrl.optional(),
  /** The folder of the workflows, relative to the project. */
  functions: z
    .string()
    .regex(/^(?!\/)(?!.*\.\.(\/|$)).+$/, "must be a folder inside the project, relative to it")
    .regex(noControls, "must not hold control characters")
    .default("functions"),
  /** Traces of runs, sent by OTLP/HTTP. Default: none. */
  tracing: z
    .strictObject({
      /** The collector's address, without /v1/traces: http://collector.observability:4318. */
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
    .optional(),
  /** Metrics of workflows and functions, and the namespaces whose pods may read them. Default: none. */
  metrics: z.strictObject({ namespaces: z.array(dnsLabel).min(1, "must name one namespace or more") }).optional(),
  /** Log level of the runtimes. */
  logLevel: oneOf(["debug", "info", "warn", "error"]).default("info"),
  /** Bytes up to which functions log inputs and outputs; 0 logs their sizes alone. */
  logPayloadBytes: z.int().min(0, "must be 0 or more").max(8192, "must be at most 8192").default(1024),
  /** Seconds that a new Revision may take to become ready. */
  readyTimeoutSeconds: z.int().min(10, "must be at least 10").max(3600, "must be at most 3600").default(120),
});

/** The settings as they are written, with defaults. */
export type SettingsKeys = z.output<typeof settingsKeys>;

/** The namespace of everything that belongs to a stack. */
export function namespaceOf(keys: Pick<SettingsKeys, "namespace">, stack: string): string {
  return keys.namespace ?? `knflow-${stack}`;
}
