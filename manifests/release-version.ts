import { UserError } from "../console/errors.ts";

/** A setting of the stack that says which release is installed. */
interface WantedVersion {
  /** Whose release it is. */
  readonly project: "Knative Serving" | "net-kourier";
  readonly setting: "knativeVersion" | "kourierVersion";
  readonly version: string;
}

/** The labels in which published manifests state their release; a file that is built from source says `devel`. */
const versionLabel =
  /^\s*["']?(?:app\.kubernetes\.io\/version|serving\.knative\.dev\/release)["']?:\s*["']?v?(\d+\.\d+\.\d+)["']?\s*$/gm;

/** The versions that a manifest states, once each; none where it states none. */
export function statedVersions(manifest: string): string[] {
  return [...new Set([...manifest.matchAll(versionLabel)].map(([, version = ""]) => version))];
}

/** Whether a manifest is of a version, as far as it says so. */
export function isOfVersion(manifest: string, version: string): boolean {
  const stated = statedVersions(manifest);
  return stated.length === 0 || stated.includes(version);
}

/**
 * Refuses a manifest that is of another version than the stack is set to: it would be installed as if it were that one.
 *
 * @param name the file's path or address
 * @throws UserError with both versions and what mends it
 */
export function checkVersion(name: string, manifest: string, wanted: WantedVersion): void {
  const { project, setting, version } = wanted;
  if (isOfVersion(manifest, version)) return;
  const found = statedVersions(manifest);
  const follows = setting === "kourierVersion" ? " (knativeVersion where that is not set)" : "";
  throw new UserError(
    `${name} is of ${project} ${found.join(", ")}, but knflow:${setting}${follows} is ${version}; ` +
      "put that release's files there, which this command saves: npx knflow images manifests --upstream --to <folder>; " +
      `or install what is there: pulumi config set knflow:${setting} ${found.at(-1)}`,
  );
}
