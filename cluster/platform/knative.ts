import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Step } from "../../console/progress.ts";
import { registryAddress } from "../embedded/constants.ts";
import { noDebugInformation, seldomCollected } from "../toolchain/go-environment.ts";
import type { Workplace } from "./image.ts";
import { fetching } from "./program.ts";

interface KoPlace extends Workplace {
  /** The path of ko. */
  readonly ko: string;
  /** The image that Go programs are put on, as the node names it. */
  readonly base: string;
}

/** Builds the images of Knative Serving and Kourier, and writes their manifests as a release has them. */
export async function knativeManifests(place: KoPlace, folder: string, step: Step): Promise<void> {
  await mkdir(folder, { recursive: true });
  step.note("Serving");
  const serving = await goModule(place, "serving");
  const core = await resolve(
    place,
    serving,
    ["-R", "-f", join(await source(serving, "knative.dev/serving", step), "config/core")],
    step,
  );
  // In the repository these are links to files of other modules; a Go module holds no links.
  const linked = await Promise.all([
    ...["certificate", "domain-claim", "ingress", "serverlessservice", "config-network"].map((file) =>
      yamlOf(serving, "knative.dev/networking", file, step),
    ),
    yamlOf(serving, "knative.dev/caching", "image", step),
  ]);
  const documents = [...splitDocuments(core), ...linked.flatMap(splitDocuments)];
  const crds = documents.filter((document) => kindOf(document) === "CustomResourceDefinition");
  // A namespace comes before what is in it, and a kind before its objects.
  const order = [...documents.filter((one) => kindOf(one) === "Namespace"), ...crds];
  const rest = documents.filter((one) => !order.includes(one));
  await write(folder, "serving-crds.yaml", crds);
  await write(folder, "serving-core.yaml", [...order, ...rest]);
  step.note("Kourier");
  const kourier = await goModule(place, "kourier");
  const config = join(await source(kourier, "knative.dev/net-kourier", step), "config");
  await write(folder, "kourier.yaml", splitDocuments(await resolve(place, kourier, ["-f", config], step)));
}

/** A copy of the module that pins the versions: ko asks git about the folder that it runs in. */
async function goModule(place: KoPlace, name: string): Promise<string> {
  const copy = join(place.work, "go", name);
  await cp(join(import.meta.dirname, "go", name), copy, { recursive: true });
  return copy;
}

async function source(module: string, path: string, step: Step): Promise<string> {
  const options = { cwd: module, env: goEnvironment, capture: true };
  const download = await fetching(step, "go", "go", ["mod", "download", "-json", path], options);
  return (JSON.parse(download) as { Dir: string }).Dir;
}

async function yamlOf(module: string, path: string, file: string, step: Step): Promise<string> {
  return readFile(join(await source(module, path, step), "config", `${file}.yaml`), "utf8");
}

const goEnvironment = {
  CGO_ENABLED: "0",
  GOFLAGS: `-mod=mod ${noDebugInformation}`,
  GOTOOLCHAIN: "auto",
  ...seldomCollected,
};

async function resolve(place: KoPlace, module: string, files: string[], step: Step): Promise<string> {
  const args = ["resolve", "--base-import-paths", "--sbom", "none", ...files];
  const stdout = await fetching(step, "go", place.ko, args, {
    cwd: module,
    env: {
      ...goEnvironment,
      KO_DOCKER_REPO: `${place.registry}/knative`,
      KO_DEFAULTBASEIMAGE: place.base.replace(`${registryAddress}/`, `${place.registry}/`),
    },
    capture: true,
  });
  return stdout.replaceAll(`${place.registry}/`, `${registryAddress}/`);
}

/** The documents of a YAML file that hold an object, as they are written. */
export function splitDocuments(text: string): string[] {
  return text
    .split(/^---.*$/m)
    .map((document) => document.trim())
    .filter((document) => kindOf(document) !== undefined);
}

/** An object's kind: the value of its own `kind`, not that of one within it. */
function kindOf(document: string): string | undefined {
  return /^kind: *"?(\w+)"? *$/m.exec(document)?.[1];
}

async function write(folder: string, file: string, documents: string[]): Promise<void> {
  const text = `${documents.join("\n---\n")}\n`;
  const broken = parseAllDocuments(text).find((document) => document.errors.length > 0);
  if (broken) throw new Error(`${file}: ${broken.errors[0]?.message}`);
  await writeFile(join(folder, file), text);
}
