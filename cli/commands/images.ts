import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { copyTarget, isRegistryAddress, mirrored } from "../../manifests/mirror.ts";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

interface ListOptions {
  stack: string;
  json?: boolean;
}

interface MirrorOptions {
  stack: string;
  to?: string;
  dryRun: boolean;
  json?: boolean;
}

interface ManifestsOptions {
  stack: string;
  to: string;
  upstream: boolean;
  json?: boolean;
}

export function command(): Command {
  return new Command("images")
    .summary("the images that a stack needs: list them, copy them into a mirror")
    .description("What a stack on a cluster of yours needs from outside, for networks that reach no public registry.")
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(mirrorCommand())
    .addCommand(manifestsCommand())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow images --stack prod
  $ npx knflow images mirror --stack prod --to registry.example.com/mirror
  $ npx knflow images manifests --stack prod --to release-manifests`,
    );
}

function listCommand(): Command {
  return new Command("list")
    .description(
      "Lists every image that a stack needs and knflow does not build, one a line: those of Knative and Kourier, the base " +
        "images of what is built, PostgreSQL's. This is what is done where no command is named.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow images --stack prod
  $ npx knflow images list --stack prod --json | jq -r '.[] | select(.mirrorable).image'`,
    )
    .action(list);
}

function mirrorCommand(): Command {
  return new Command("mirror")
    .description(
      "Copies the images into a registry, whole and by the same digests, to <registry>/<host>/<path>. What is there already, " +
        "and what the stack's settings name themselves, is passed over. Credentials are those of `docker login`.",
    )
    .addOption(
      new Option("--to <registry>", "where to, such as registry.example.com/mirror (default: knflow:mirror)").argParser(
        registryAddress,
      ),
    )
    .option("-n, --dry-run", "only say what would be copied where", false)
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow images mirror --stack prod --to registry.example.com/mirror
  $ npx knflow images mirror --stack prod --dry-run`,
    )
    .action(mirror);
}

function manifestsCommand(): Command {
  return new Command("manifests")
    .description("Saves the release's manifests into a folder, which knflow:manifests can name, or a web server serve.")
    .requiredOption("--to <folder>", "the folder; it is made where it is not there")
    .option("--upstream", "from the projects' release pages, also where knflow:manifests is set", false)
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow images manifests --stack prod --to release-manifests
  $ npx knflow images manifests --stack prod --upstream --to release-manifests   # after a change of knativeVersion`,
    )
    .action(saveManifests);
}

async function list({ stack, json }: ListOptions): Promise<void> {
  const { stackImages, stackSources } = await import("../images/needed.ts");
  const images = await stackImages(stack, stackSources(stack));
  print(
    json,
    images,
    lines(({ image }) => image),
  );
}

async function mirror({ stack, to, dryRun, json }: MirrorOptions): Promise<void> {
  const [{ stackImages, stackSources }, { UserError }] = await Promise.all([
    import("../images/needed.ts"),
    import("../../console/errors.ts"),
  ]);
  const sources = stackSources(stack);
  const address = to ?? sources.keys.mirror;
  if (address === undefined) {
    throw new UserError(
      "there is no mirror to copy to; name it by --to registry.example.com/mirror, or set knflow:mirror",
    );
  }
  const images = (await stackImages(stack, sources))
    .filter(({ image, mirrorable }) => mirrorable && mirrored(image, address) !== image)
    .map(({ image }) => image);
  if (dryRun) {
    const copies = images.map((image) => ({ image, target: copyTarget(image, address) }));
    print(
      json,
      copies,
      lines(({ image, target }) => `${image} -> ${target}`),
    );
    return;
  }
  const [{ copyImages }, { foundCrane }, { ensureTools }, { commandProgress }] = await Promise.all([
    import("../images/copy.ts"),
    import("../../cluster/toolchain/found.ts"),
    import("../../cluster/toolchain/index.ts"),
    import("../logs.ts"),
  ]);
  const progress = commandProgress("images-mirror");
  const crane = (await foundCrane()) ?? (await ensureTools(["crane"], progress)).path("crane");
  const { caBundle } = sources.keys;
  const copied = await copyImages(images, { mirror: address, crane, caBundle }, progress);
  print(
    json,
    copied,
    lines((one) => `${one.copied ? "copied" : "there "} ${one.target}@${one.digest}`),
  );
}

async function saveManifests({ stack, to, upstream, json }: ManifestsOptions): Promise<void> {
  const [{ stackSources }, { readReleaseFiles }] = await Promise.all([
    import("../images/needed.ts"),
    import("../../manifests/release-files.ts"),
  ]);
  const { release } = stackSources(stack);
  const files = await readReleaseFiles(upstream ? { ...release, location: undefined } : release);
  await mkdir(to, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(to, name), text);
  const written = Object.keys(files).map((name) => join(to, name));
  print(json, written, lines(String));
}

/** One of them a line. */
function lines<T>(describe: (one: T) => string): (all: readonly T[]) => string {
  return (all) => all.map((one) => `${describe(one)}\n`).join("");
}

function registryAddress(value: string): string {
  if (isRegistryAddress(value)) return value;
  throw new InvalidArgumentError("It must be <host>[:port][/path], such as registry.example.com/mirror");
}
