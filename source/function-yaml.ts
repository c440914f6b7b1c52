import { z } from "zod";
import { environment, secrets } from "./environment.ts";
import { quantityValue } from "./quantity.ts";
import { scaleSchema } from "./scale.ts";

/** Kubernetes' notation of a quantity: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const quantity = z
  .union([z.string(), z.number().transform(String)])
  .pipe(
    z.string().regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/, 'must be a quantity such as "100m", "0.5" or "128Mi"'),
  );

const requests = z.strictObject({
  cpu: quantity.optional().describe("CPU cores. Default: 50m, or limits.cpu where that is less."),
  memory: quantity.optional().describe("Bytes of memory. Default: 64Mi, or limits.memory where that is less."),
});

const limits = z.strictObject({
  cpu: quantity.optional().describe("CPU cores. Default: 1, or requests.cpu where that is more."),
  memory: quantity.optional().describe("Bytes of memory. Default: 512Mi, or requests.memory where that is more."),
});

/** MiB of code that `tmp: memory` takes: it is there twice while it is unpacked, and half of the 64 MiB is the function's. */
export const largestInMemory = 16;

const keys = z.strictObject({
  runtime: z
    .enum(["python", "node"], { error: 'must be "python" or "node"' })
    .describe("The language runtime that runs the code."),
  handler: z
    .string()
    .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/, 'must be <module>.<function>, such as "main.handler"')
    .default("main.handler")
    .describe("The callable that answers: <module>.<function>, the module being a file of the function's folder."),
  timeoutSeconds: z
    .int()
    .min(1, "must be at least 1")
    .max(600, "must be at most 600, Knative's limit")
    .default(60)
    .describe(
      "Seconds that one request may take. On the cluster 599 and 600 are 598: Knative ends a request at 600, and the function's own answer comes before.",
    ),
  concurrency: z
    .int()
    .min(0, "must be 0 (no limit) or more")
    .max(1000, "must be at most 1000")
    .default(0)
    .describe("Requests that one pod handles at the same time; 0 sets no limit."),
  scale: scaleSchema.default({}).describe("How many pods Knative keeps."),
  resources: z
    .strictObject({
      requests: requests.prefault({}).describe("What Kubernetes reserves for a pod."),
      limits: limits.prefault({}).describe("The most that a pod may use."),
    })
    .superRefine(({ requests, limits }, context) => {
      for (const name of ["cpu", "memory"] as const) {
        const [request, limit] = [requests[name], limits[name]];
        if (request === undefined || limit === undefined || quantityValue(request) <= quantityValue(limit)) continue;
        const message = `requests.${name} (${request}) must not exceed limits.${name} (${limit})`;
        context.addIssue({ code: "custom", path: ["requests", name], message });
      }
    })
    .prefault({})
    .describe("What Kubernetes reserves for a pod, and the most that it may use."),
  tmp: z
    .enum(["volume", "memory"], { error: 'must be "volume" or "memory"' })
    .default("volume")
    .describe(
      "Where it may write. `volume`: `/tmp`, up to 1,200 MiB, its code included. `memory`: the folder that `TMPDIR` names, up to 64 MiB of the pod's " +
        "memory, its code included; `/tmp` cannot be written. Such a pod has no volume and starts a quarter of a second sooner. It may have up to " +
        `${largestInMemory} MiB of code and no third-party packages.`,
    ),
  dependencies: z
    .string()
    .min(1, "must be the path of a file")
    .optional()
    .describe(
      "The lock file of its third-party packages, relative to the function's folder; functions whose lock files are equal " +
        "share what is installed. Default: requirements.txt, pylock.toml or package-lock.json, where that is there.",
    ),
  env: environment.default({}).describe("Environment variables, besides those of the platform."),
  secrets: secrets
    .default({})
    .describe(
      "Environment variables whose values are secrets: of the stack's configuration, or of a Kubernetes Secret.",
    ),
});

/**
 * The schema of `functions/<workflow>/<function>/function.yaml`; its descriptions are the reference, and what editors show
 * (`schemas/function.json`).
 */
export const functionYaml = keys.superRefine(({ env, secrets }, context) => {
  for (const name of Object.keys(secrets).filter((name) => Object.hasOwn(env, name))) {
    context.addIssue({ code: "custom", path: ["secrets", name], message: "is in env too; remove one of them" });
  }
});

/** The settings of a function, with all defaults filled in. */
export type FunctionSettings = z.output<typeof functionYaml>;
