import { provideDependencies, type DependencyArchive } from "../dependencies/provide.ts";
import type { DependencySpec, DependencyTarget } from "../dependencies/spec.ts";
import { required } from "./kubectl.ts";

/** The archive that the environment asks for: from the cache, or installed now. */
export function provideFromEnvironment(): Promise<DependencyArchive> {
  const { target, ...spec } = JSON.parse(required("KNFLOW_DEPENDENCIES_SOURCE")) as DependencySpec & {
    readonly target: DependencyTarget;
  };
  return provideDependencies(spec, target, {
    pipIndexUrl: process.env.KNFLOW_PIP_INDEX_URL,
    npmRegistry: process.env.KNFLOW_NPM_REGISTRY,
    caBundle: process.env.KNFLOW_CA_BUNDLE,
  });
}
