import type { CodeObject } from "../archive/code-object.ts";
import type { FunctionSettings } from "../source/function-yaml.ts";
import { scaleOf, type Scale } from "../source/scale.ts";
import {
  digestAnnotation,
  missedAnnotation,
  removedInBackground,
  secretVersionAnnotation,
  workflowLabels,
} from "./labels.ts";
import { containerResources } from "./resources.ts";
import { restrictedContainer } from "./security.ts";
import { scrapeAnnotations, telemetryEnvironment, telemetrySecrets, type TelemetrySpec } from "./telemetry.ts";

/** The port that every runtime listens on, and only once its code is loaded. */
export const containerPort = 9000;

/**
 * Waits until Knative has given the service its address, and no longer: whether its Revision becomes ready is looked at
 * by commands/verify-ready.ts, which sees a function that crashes long before Knative gives it up.
 */
export const waitForAddress = "jsonpath={.status.url}";

/**
 * Where a function writes that has no volume: what container runtimes put into every pod, 64 MiB of its memory, from which
 * nothing can be run. https://github.com/containerd/containerd/blob/v2.2.0/internal/cri/server/podsandbox/sandbox_run_linux.go
 */
const sharedMemory = "/dev/shm";

/** Room in /tmp for the largest archive and what it unpacks to, twice: code, and third-party packages. */
const largestFolder = "1200Mi";

/** What a Knative Service of knflow is made from. */
export interface KnativeServiceSpec<Text> {
  /** The Knative Service's own name. */
  readonly name: string;
  readonly namespace: string;
  readonly workflow: string;
  /** The function's name; not given for the workflow's own service. */
  readonly function?: string;
  /** The runtime image, by digest. */
  readonly image: Text;
  readonly archive: CodeObject;
  /** When an archive that it starts from was last found to be missing on the volume; undefined where none ever was. */
  readonly missed?: string | undefined;
  /** The object with its third-party packages, where it has any. */
  readonly dependencies?: Text | undefined;
  /** Where archives are downloaded from, ending in `/data/`. */
  readonly codeOrigin: string;
  readonly settings: Omit<FunctionSettings, "runtime" | "handler">;
  /** The stack's scale, for what the settings do not say. */
  readonly scale?: Scale;
  /** Log level of the runtime. */
  readonly logLevel: string;
  /** What it tells of itself, besides its log. */
  readonly telemetry?: TelemetrySpec | undefined;
  /** Further environment of the runtime, such as its handler. */
  readonly runtimeEnv: Readonly<Record<string, string>>;
  /** Variables whose values are in Secrets, and what changes where a Secret's content may: a new Revision reads it. */
  readonly secrets?: { readonly variables: readonly SecretVariable[]; readonly version: Text | undefined } | undefined;
}

/** A variable whose value is in a Secret of the same namespace. */
export interface SecretVariable {
  readonly name: string;
  readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

/**
 * The manifest of a Knative Service: its metadata and spec.
 * https://knative.dev/docs/serving/reference/serving-api/#serving.knative.dev/v1.Service
 */
export function knativeService<Text>(spec: KnativeServiceSpec<Text>) {
  const { settings } = spec;
  const scale = scaleOf(settings.scale, spec.scale);
  const serviceLabels = workflowLabels(spec.workflow, spec.function);
  // An executor writes nothing. A pod without volumes starts sooner: the kubelet looks at them only every 300 ms (ADR 0079).
  const hasVolume = spec.function !== undefined && settings.tmp === "volume";
  return {
    metadata: {
      name: spec.name,
      namespace: spec.namespace,
      labels: serviceLabels,
      // Its pods let requests in flight finish, which no update has to wait for.
      annotations: { "pulumi.com/waitFor": waitForAddress, ...removedInBackground },
    },
    spec: {
      template: {
        metadata: {
          labels: serviceLabels,
          annotations: {
            "autoscaling.knative.dev/min-scale": String(scale.min),
            "autoscaling.knative.dev/max-scale": String(scale.max),
            // Knative's own default is left unsaid.
            ...(scale.initial !== 1 && { "autoscaling.knative.dev/initial-scale": String(scale.initial) }),
            "autoscaling.knative.dev/window": scale.window,
            [digestAnnotation]: spec.archive.sha256,
            ...scrapeAnnotations(spec.telemetry),
            ...(spec.missed !== undefined && { [missedAnnotation]: spec.missed }),
            ...(spec.secrets?.version !== undefined && { [secretVersionAnnotation]: spec.secrets.version }),
          },
        },
        spec: {
          automountServiceAccountToken: false,
          containerConcurrency: settings.concurrency,
          enableServiceLinks: false,
          timeoutSeconds: times(settings.timeoutSeconds).gateway,
          containers: [
            {
              name: "user-container",
              image: spec.image,
              ports: [{ containerPort }],
              // The runtimes open their port at once and answer when the code is loaded: one question that waits. Without
              // `periodSeconds` Knative would ask every 50 ms for a second, and then not for ten (ADR 0075).
              readinessProbe: {
                httpGet: { path: "/health", port: containerPort },
                periodSeconds: 2,
                timeoutSeconds: 10,
              },
              securityContext: restrictedContainer,
              resources: containerResources(settings.resources),
              env: [...environment(spec), ...(spec.secrets?.variables ?? []), ...telemetrySecrets(spec.telemetry)],
              ...(hasVolume && { volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }),
            },
          ],
          ...(hasVolume && { volumes: [{ name: "tmp", emptyDir: { sizeLimit: largestFolder } }] }),
        },
      },
    },
  };
}

/** The part of a Knative Service that says which code it runs. */
export interface CodeCarrier {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: unknown }[];
        }[];
      };
    };
  };
}

/** A Knative Service that {@link knativeService} made, with other code and else as it is. */
export function withCode<T extends CodeCarrier>(service: T, archive: Pick<CodeObject, "object" | "sha256">): T {
  const { template } = service.spec;
  const values: Readonly<Record<string, string>> = {
    FAASIT_CODE_DIR: archive.object,
    KNFLOW_CODE_SHA256: archive.sha256,
  };
  const containers = template.spec.containers.map((container) => ({
    ...container,
    env: container.env?.map((one) => (Object.hasOwn(values, one.name) ? { ...one, value: values[one.name] } : one)),
  }));
  const annotations = { ...template.metadata.annotations, [digestAnnotation]: archive.sha256 };
  const changed = {
    ...template,
    metadata: { ...template.metadata, annotations },
    spec: { ...template.spec, containers },
  };
  return { ...service, spec: { ...service.spec, template: changed } };
}

/** The longest that Knative lets a request take, unless its own limit was raised. */
const longestTimeout = 600;
/** Seconds by which Knative's clock, which starts first, ends later than the runtime's. */
const timeoutGap = 2;

/**
 * The time that a function has, and the later one at which Knative gives it up: so a client gets the runtime's answer, with the
 * run's id, instead of Knative's bare text. https://knative.dev/docs/serving/configuration/config-defaults/
 */
function times(seconds: number): { readonly runtime: number; readonly gateway: number } {
  const gateway = Math.min(seconds + timeoutGap, longestTimeout);
  return { runtime: gateway - timeoutGap, gateway };
}

/**
 * A value that a container gets as it is: of others, Kubernetes makes `$` of `$$`, and another variable's value of `$(NAME)`.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function literal(value: string): string {
  return value.replaceAll("$", "$$$$");
}

function environment<Text>(spec: KnativeServiceSpec<Text>): { name: string; value: Text | string }[] {
  const env: Record<string, Text | string> = {
    FAASIT_FUNC_NAME: spec.function ?? spec.workflow,
    FAASIT_PROVIDER: "knative",
    FAASIT_CODE_DIR: spec.archive.object,
    FAASIT_WORKFLOW_NAME: spec.workflow,
    KNFLOW_CODE_ORIGIN: spec.codeOrigin,
    KNFLOW_CODE_SHA256: spec.archive.sha256,
    KNFLOW_TIMEOUT_SECONDS: String(times(spec.settings.timeoutSeconds).runtime),
    KNFLOW_LOG_LEVEL: spec.logLevel,
    ...telemetryEnvironment(spec.telemetry),
    ...(spec.dependencies === undefined ? {} : { KNFLOW_DEPENDENCIES: spec.dependencies }),
    ...(spec.settings.tmp === "memory" && foldersInMemory(spec)),
    ...spec.runtimeEnv,
    ...Object.fromEntries(Object.entries(spec.settings.env).map(([name, value]) => [name, literal(value)])),
  };
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

function foldersInMemory<Text>({ secrets }: KnativeServiceSpec<Text>): Record<string, string> {
  // A variable that stands there twice would be refused.
  const isSecret = secrets?.variables.some(({ name }) => name === "TMPDIR") === true;
  return { KNFLOW_WORK_DIR: `${sharedMemory}/knflow`, ...(!isSecret && { TMPDIR: sharedMemory }) };
}
