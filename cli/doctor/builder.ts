import { execa } from "execa";
import { imageNames } from "../../settings/images.ts";
import type { SettingsKeys } from "../../settings/keys.ts";
import type { Finding } from "./finding.ts";

const orNameImages = "or name ready-made images (knflow:images)";

/**
 * Whether there is something that builds the stack's images. The embedded cluster has a BuildKit of its own, and a stack of
 * ready-made images needs none.
 */
export async function builderFindings(settings: SettingsKeys): Promise<Finding[]> {
  if (settings.embedded !== undefined || imageNames.every((name) => settings.images[name] !== undefined)) return [];
  const finding = { area: "tools", name: "image builder" } as const;
  const found = settings.imageBuilder === "buildkit" ? await buildxBuilder() : await dockerEngine();
  return [{ ...finding, ...found }];
}

/** The builder that `docker buildx` has chosen, which BuildKit's plugin takes; another one only for a Docker engine that is away. */
async function buildxBuilder(): Promise<Pick<Finding, "state" | "seen" | "fix">> {
  const text = await said("docker", ["buildx", "inspect"]);
  // Without buildx's command, the plugin builds by the engine all the same.
  if (text === undefined) return dockerEngine();
  const [name = "", driver = ""] = ["Name", "Driver"].map(
    (key) => new RegExp(`^${key}:\\s*(\\S+)`, "m").exec(text)?.[1],
  );
  if (!/^Error:/m.test(text)) return { state: "ok", seen: `${name}, by buildx` };
  if (driver === "docker") return dockerEngine();
  return {
    state: "warning",
    seen: `the builder ${name}, which buildx has chosen, does not answer`,
    fix: `start it, choose another one ("docker buildx use <name>"), ${orNameImages}`,
  };
}

async function dockerEngine(): Promise<Pick<Finding, "state" | "seen" | "fix">> {
  const version = await said("docker", ["version", "--format", "{{.Server.Version}}"]);
  if (version !== undefined) return { state: "ok", seen: `Docker ${version}` };
  return {
    state: "warning",
    seen: "no Docker engine answers here; where an image has to be built, an update fails",
    fix: `start Docker, choose a BuildKit ("docker buildx create --driver remote --use <address>"), ${orNameImages}`,
  };
}

/** What a program writes; undefined where it fails, is not there or does not answer. */
async function said(file: string, args: string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa(file, args, { reject: false, stdin: "ignore", timeout: 10_000 });
  return failed ? undefined : stdout.trim();
}
