import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { ensureDebianPackages, type Toolchain } from "../toolchain/index.ts";
import { withToldLock } from "../toolchain/told-lock.ts";
import { versions } from "../versions.ts";
import { debianImages } from "./debian-images.ts";
import { knativeManifests } from "./knative.ts";
import { withRegistry } from "./registry.ts";
import { scratchImages } from "./scratch-images.ts";

/** Images as the node names them, by digest. */
export interface PlatformImages {
  readonly pause: string;
  readonly coredns: string;
  readonly static: string;
  readonly python: string;
  readonly node: string;
  readonly nginx: string;
  readonly envoy: string;
  readonly postgres: string;
}

/** What every instance of the embedded cluster starts from; made once, from package registries alone. */
export interface Platform {
  /** Names the content: another key, other content. */
  readonly key: string;
  /** The storage of a registry (docker-registry's file system driver) that holds all images. */
  readonly registry: string;
  /** Folder with serving-crds.yaml, serving-core.yaml and kourier.yaml, as a release has them. */
  readonly manifests: string;
  readonly images: PlatformImages;
}

/**
 * The platform from the cache, or made now (some ten minutes on two cores). Callers at the same time wait for the first.
 */
export async function ensurePlatform(tools: Toolchain, progress: Progress): Promise<Platform> {
  const key = await platformKey();
  const folder = join(cacheDir(), "platform", key);
  if (!existsSync(folder)) {
    await ensureDebianPackages(["debootstrap", "docker-registry", "python3-pip", "util-linux"], progress);
    await withToldLock(
      `${folder}.lock`,
      "wait for another process that makes the cluster's images",
      progress,
      async () => {
        if (!existsSync(folder)) await build(folder, tools, progress);
      },
    );
  }
  const images = JSON.parse(await readFile(join(folder, "images.json"), "utf8")) as PlatformImages;
  return { key, registry: join(folder, "registry"), manifests: join(folder, "manifests"), images };
}

async function build(folder: string, tools: Toolchain, progress: Progress): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  const work = join(partial, "work");
  await mkdir(work, { recursive: true });
  await withRegistry(join(partial, "registry"), async (registry) => {
    const place = { registry, work, crane: tools.path("crane") };
    const scratch = await progress.run("make the images of pause and CoreDNS", (step) =>
      scratchImages(place, tools.path("coredns"), step),
    );
    // One waits for the network and the disk, the other for the compiler.
    const [debian] = await all([
      progress.run("make the Debian base images", (step) => debianImages(place, step)),
      progress.run("build Knative Serving and Kourier (about 5 minutes)", (step) =>
        knativeManifests({ ...place, ko: tools.path("ko"), base: scratch.static }, join(partial, "manifests"), step),
      ),
    ]);
    const images: PlatformImages = { ...scratch, ...debian };
    await nameEnvoy(join(partial, "manifests", "kourier.yaml"), images.envoy);
    await writeFile(join(partial, "images.json"), `${JSON.stringify(images, undefined, 2)}\n`);
  });
  await rm(work, { recursive: true, force: true });
  await rename(partial, folder);
}

/** As Promise.all, but a failure waits for the other's end, so that nothing works on in a folder that goes away. */
async function all<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** The gateway's image is the only one in Kourier's manifests that is not built with them. */
async function nameEnvoy(file: string, image: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const named = text.replaceAll(
    /(image: )docker\.io\/envoyproxy\/envoy:\S+/g,
    (_all, prefix: string) => prefix + image,
  );
  if (named === text) throw new Error(`no Envoy image in ${file}`);
  await writeFile(file, named);
}

/** Everything that the content depends on: this folder's files and the versions of the tools that go into images. */
async function platformKey(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([versions.coredns, versions.ko, versions.crane, process.version, process.arch]));
  for (const file of (await readdir(import.meta.dirname, { recursive: true, withFileTypes: true })).sort(byPath)) {
    if (!file.isFile()) continue;
    const content = await readFile(join(file.parentPath, file.name));
    hash
      .update(`${file.parentPath.slice(import.meta.dirname.length)}/${file.name} ${content.length}\n`)
      .update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

function byPath(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  const [left, right] = [`${a.parentPath}/${a.name}`, `${b.parentPath}/${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
