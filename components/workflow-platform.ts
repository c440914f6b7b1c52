import type * as pulumi from "@pulumi/pulumi";
import type { TelemetrySpec } from "../manifests/telemetry.ts";
import type { SecretSources } from "../settings/secrets.ts";
import type { Scale } from "../source/scale.ts";
import type { RuntimeImages } from "./runtime-images.ts";
import type { FunctionDependencies } from "./function-dependencies.ts";
import type { StoreAccess } from "./run-store.ts";
import type { StoredObjects } from "./stored-objects.ts";

/** What a workflow runs on; the same for all workflows of a stack. */
export interface WorkflowPlatform {
  readonly namespace: string;
  /** What has to be there before a Knative Service, and stays until the last one has gone. */
  readonly knative: Promise<readonly pulumi.Resource[]>;
  /** Where archives are downloaded from, ending in `/data/`. */
  readonly codeOrigin: string;
  /** The claim of the volume that holds the archives. */
  readonly volume: pulumi.Input<string>;
  /** The archives that are there. */
  readonly stored: StoredObjects;
  /** Runtime images by language, and the executor's. */
  readonly images: Pick<RuntimeImages, "python" | "node" | "workflow">;
  /** Third-party packages by the sha256 of their lock file. */
  readonly dependencies: ReadonlyMap<string, FunctionDependencies>;
  /** The environment that names the cluster to programs that an update runs. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
  /** By which executors find the run store; undefined where the stack has none. */
  readonly runStore: StoreAccess | undefined;
  /** Where functions' secrets come from. */
  readonly secrets: SecretSources;
  /** The scale of what says nothing of it. */
  readonly scale: Scale;
  /** Whether browsers are shown the workflows' pages. */
  readonly workflowPage: boolean;
  readonly logLevel: string;
  /** What workflows and functions tell of themselves, besides their logs. */
  readonly telemetry?: TelemetrySpec;
  /** How much of inputs and outputs functions log. */
  readonly logPayloadBytes: number;
  /** Whether pods that are awake take changed code before there is a Revision of it. */
  readonly reload: boolean;
  /** How long a new Revision may take to become ready. */
  readonly readyTimeoutSeconds: number;
}
