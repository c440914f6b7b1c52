import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { Progress, Step } from "../../console/progress.ts";
import { copyTarget, parseImage } from "../../manifests/mirror.ts";
import { missingCaBundle } from "../../settings/conflicts.ts";

/** How images are copied. */
export interface CopySettings {
  /** `<host>[:port][/path]` */
  readonly mirror: string;
  /** The path of crane, which takes credentials from Docker's configuration. */
  readonly crane: string;
  /** A file of CA certificates that registries are checked by, besides the system's. */
  readonly caBundle?: string | undefined;
}

/** An image in the mirror. */
export interface CopiedImage {
  readonly image: string;
  readonly target: string;
  readonly digest: string;
  /** False where the mirror had it already. */
  readonly copied: boolean;
}

/**
 * Copies images into a mirror, whole (for all platforms) and by the same digests. One that fails does not hold up the others.
 *
 * @throws UserError with every image that could not be copied, and why
 */
export async function copyImages(
  images: readonly string[],
  settings: CopySettings,
  progress: Progress,
): Promise<CopiedImage[]> {
  const [missing] = missingCaBundle(settings.caBundle);
  if (missing !== undefined) throw new UserError(missing);
  progress.plan(images.length);
  const results: CopiedImage[] = [];
  const failures: string[] = [];
  for (const image of images) {
    try {
      results.push(await progress.run(`mirror ${image}`, (step) => copyImage(image, settings, step)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error.message);
    }
  }
  if (failures.length === 0) return results;
  throw new UserError(
    `${failures.length} of ${images.length} images could not be mirrored:\n${failures.map((line) => `  ${line}`).join("\n")}\n` +
      `log in to a registry by "docker login <registry>"; the same command copies only what is still missing`,
  );
}

async function copyImage(image: string, settings: CopySettings, step: Step): Promise<CopiedImage> {
  const target = copyTarget(image, settings.mirror);
  const digest = parseImage(image).digest ?? (await crane(["digest", image], image, settings, step));
  // A tag of the source may move meanwhile; the digest does not.
  const source = `${image.replace(/@.*$/, "").replace(/:[^/:]+$/, "")}@${digest}`;
  const there = await crane(["digest", target], image, settings, step).catch(() => undefined);
  if (there === digest) {
    step.note("there already");
    return { image, target, digest, copied: false };
  }
  step.note(`to ${target}`);
  await crane(["copy", source, target], image, settings, step);
  return { image, target, digest, copied: true };
}

/** @returns what crane writes to its standard output */
async function crane(
  args: readonly string[],
  image: string,
  { crane: program, caBundle }: CopySettings,
  { log }: Step,
): Promise<string> {
  const env = caBundle === undefined ? {} : { SSL_CERT_FILE: caBundle };
  const { failed, stdout, stderr, shortMessage } = await execa(program, args, {
    ...{ env, reject: false, stderr: ["pipe", { file: log, append: true }] },
  });
  if (!failed) return stdout.trim();
  const reason = stderr
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^Error: /, "");
  throw new UserError(`${image}: ${reason || shortMessage}`);
}
