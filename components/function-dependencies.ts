import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { cachedDependencies } from "../dependencies/provide.ts";
import {
  dependencyKey,
  type DependencySpec,
  type DependencyTarget,
  type InstallSettings,
} from "../dependencies/spec.ts";
import { pushCommand } from "./push-command.ts";
import { stackCommand } from "./stack-command.ts";
import type { StoredObjects } from "./stored-objects.ts";

/** What packages are installed for, by what, and where their archives go. */
export interface DependencySettings extends InstallSettings {
  readonly target: DependencyTarget;
  readonly namespace: string;
  readonly volume: pulumi.Input<string>;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
  /** What is on the volume: an archive that is not is pushed again, by the machine that has it in its cache. */
  readonly stored: StoredObjects;
  /** Archives that a release has fixed, by the sha256 of the lock files: they are installed only where the volume lacks them. */
  readonly released?: ReadonlyMap<string, string> | undefined;
}

/** Arguments of {@link FunctionDependencies}. */
export interface FunctionDependenciesArgs extends DependencySettings {
  readonly spec: DependencySpec;
}

/**
 * The packages of a lock file: installed on this machine for the runtime's platform, then pushed. Both run again when the
 * lock file's content changes, the push also when the volume lost the archive; never when a function starts. Nothing that needs them is deployed where one fails.
 */
export class FunctionDependencies extends pulumi.ComponentResource {
  /** The archive's name on the volume, known once it is there. */
  readonly object: pulumi.Output<string>;
  /** When the volume was last found not to have it. */
  readonly missed: pulumi.Output<string | undefined>;

  constructor(name: string, args: FunctionDependenciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:code:FunctionDependencies", name, {}, opts);
    const { spec, target, pipIndexUrl, npmRegistry, caBundle } = args;
    const source = JSON.stringify({ ...spec, target });
    const installEnvironment = {
      KNFLOW_DEPENDENCIES_SOURCE: source,
      ...(pipIndexUrl === undefined ? {} : { KNFLOW_PIP_INDEX_URL: pipIndexUrl }),
      ...(npmRegistry === undefined ? {} : { KNFLOW_NPM_REGISTRY: npmRegistry }),
      ...(caBundle === undefined ? {} : { KNFLOW_CA_BUNDLE: caBundle }),
    };
    const released = args.released?.get(spec.lockSha256);
    const object =
      released === undefined
        ? new command.local.Command(
            `${name}-install`,
            { create: stackCommand("install-dependencies"), environment: installEnvironment },
            { parent: this },
          ).stdout
        : pulumi.output(released);
    const found = cachedDependencies(spec, target);
    const cached = released === undefined || found?.object === released ? found : undefined;
    const push = pushCommand(
      `${name}-push`,
      {
        create: stackCommand("push-dependencies"),
        environment: {
          ...args.clusterEnvironment,
          ...installEnvironment,
          KNFLOW_NAMESPACE: args.namespace,
          KNFLOW_VOLUME: args.volume,
          KNFLOW_OBJECT: object,
        },
        missed: cached && args.stored.lacks(cached) ? args.stored.time : undefined,
      },
      { parent: this },
    );
    this.object = pulumi.all([object, push.stdout]).apply(([object]) => object);
    this.missed = push.missed;
    this.registerOutputs({ object: this.object });
  }
}

/** Each lock file's packages once, however many functions share them; by the sha256 of the lock file. */
export function functionDependencies(
  specs: readonly DependencySpec[],
  settings: DependencySettings,
  opts: pulumi.ComponentResourceOptions,
): ReadonlyMap<string, FunctionDependencies> {
  const unique = new Map(specs.map((spec) => [spec.lockSha256, spec]));
  return new Map(
    [...unique].map(([lockSha256, spec]) => [
      lockSha256,
      new FunctionDependencies(
        `dependencies-${spec.runtime}-${dependencyKey(spec, settings.target)}`,
        { ...settings, spec },
        opts,
      ),
    ]),
  );
}
