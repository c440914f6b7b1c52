import { execa } from "execa";
import type { SettingsKeys } from "../../settings/keys.ts";
import type { Finding } from "./finding.ts";

/** The images that a stack builds where no ready-made one is named. */
const built = ["python", "node", "workflow", "fileServer"] as const;

/**
 * Whether there is something that builds the stack's images. The embedded cluster has a BuildKit of its own, and a stack of
 * ready-made images needs none.
 */
export async function builderFindings(settings: SettingsKeys): Promise<Finding[]> {
  if (settings.embedded !== undefined || built.every((name) => settings.images[name] !== undefined)) return [];
  const finding = { area: "tools", name: "image builder" } as const;
  const builder = settings.imageBuilder === "buildkit" ? await buildxBuilder() : undefined;
  const seen = builder ?? (await dockerEngine());
  if (seen !== undefined) return [{ ...finding, state: "ok", seen }];
  return [
    {
      ...finding,
      state: "warning",
      seen: "neither a builder of buildx nor a Docker engine answers, so no image can be built here",
      fix: 'start Docker, or choose a BuildKit ("docker buildx create --use <address>"), or name ready-made images (knflow:images)',
    },
  ];
}

/** The builder that `docker buildx` has chosen, where it is reached; it ends well, and says so, where it is not. */
async function buildxBuilder(): Promise<string | undefined> {
  const text = await said("docker", ["buildx", "inspect"]);
  const name = /^Name:\s*(\S+)/m.exec(text ?? "")?.[1];
  return name === undefined || /^Error:/m.test(text ?? "") ? undefined : `${name}, by buildx`;
}

async function dockerEngine(): Promise<string | undefined> {
  const version = await said("docker", ["version", "--format", "{{.Server.Version}}"]);
  return version === undefined ? undefined : `Docker ${version}`;
}

/** What a program writes; undefined where it fails, is not there or does not answer. */
async function said(file: string, args: string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa(file, args, { reject: false, stdin: "ignore", timeout: 10_000 });
  return failed ? undefined : stdout.trim();
}
