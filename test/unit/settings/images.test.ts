import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parseManifest } from "../../../manifests/release.ts";
import { defaultImages, imageSources, neededImages } from "../../../settings/images.ts";
import { resolveSettings } from "../../../settings/index.ts";
import { readKeys } from "../../../settings/read.ts";
import { releaseManifest } from "../manifests/release-manifest.ts";

const mirror = "registry.example.com/mirror";
const own = "team.example.com/python:3.13";
const settings = (values: Record<string, string>) =>
  resolveSettings(readKeys({ context: "kind-test", externalIp: "192.0.2.7", ...values }), "dev", {
    context: "kind-test",
  });

describe("the images of a stack", () => {
  it("are by default what the Dockerfiles name", async () => {
    const folders = { python: "python", node: "node", workflow: "workflow", fileServer: "file-server" } as const;
    for (const [name, folder] of Object.entries(folders)) {
      const text = await readFile(`runtimes/${folder}/Dockerfile`, "utf8");
      assert.equal(/^ARG BASE_IMAGE=(.*)$/m.exec(text)?.[1], defaultImages[name as keyof typeof folders]);
    }
  });

  it("come from the mirror, but for those that the settings name", () => {
    const { images, release, runStore } = settings({ mirror, baseImages: JSON.stringify({ python: own }) });
    const library = `${mirror}/docker.io/library`;
    assert.deepEqual(images.sources, {
      python: { baseImage: own },
      node: { baseImage: `${library}/node:24-slim` },
      workflow: { baseImage: `${library}/node:24-slim` },
      fileServer: { baseImage: `${library}/nginx:1.29-alpine` },
    });
    assert.ok(runStore && "image" in runStore.server);
    assert.equal(runStore.server.image, `${library}/postgres:17`);
    assert.equal(release.mirror, mirror);
    const given = imageSources(readKeys({ mirror, images: JSON.stringify({ node: "n:1", runStore: "p:1" }) }));
    assert.deepEqual([given.sources.node, given.runStore], [{ image: "n:1" }, "p:1"]);
  });

  it("are listed from where they are without a mirror, each once with what needs it", () => {
    const objects = parseManifest("release.yaml", releaseManifest);
    const kourier = objects.filter(({ metadata }) => metadata.name.includes("kourier"));
    const core = objects.filter((object) => !kourier.includes(object));
    const keys = readKeys({ mirror, baseImages: JSON.stringify({ python: own }) });
    const needed = neededImages(keys, { crds: [], core, kourier }, true);
    assert.equal(needed.filter((one) => one.for.includes("Knative Serving")).length, 5);
    assert.equal(needed.filter((one) => one.for.includes("Kourier")).length, 2);
    assert.deepEqual(needed.slice(7), [
      { image: own, for: ["python"], mirrorable: false },
      { image: "node:24-slim", for: ["node", "workflow"], mirrorable: true },
      { image: "nginx:1.29-alpine", for: ["fileServer"], mirrorable: true },
      { image: "postgres:17", for: ["runStore"], mirrorable: true },
    ]);
    assert.deepEqual(neededImages(keys, undefined, false), needed.slice(7, 10));
  });

  it("refuse a mirror that is none, and credentials in addresses", () => {
    for (const wrong of ["mirror", "https://registry.example.com", "user:word@registry.example.com"]) {
      assert.throws(() => readKeys({ mirror: wrong }), /knflow:mirror must be <host>\[:port\]\[\/path\], such as/);
    }
    for (const key of ["manifests", "pipIndexUrl", "npmRegistry"]) {
      assert.throws(
        () => readKeys({ [key]: "https://user:word@packages.example.com/" }),
        (error: Error) => error.message.includes(`knflow:${key} must`) && !error.message.includes("word@"),
      );
    }
  });

  it("are the embedded cluster's own, for which a mirror is refused", () => {
    const embedded = { baseImages: {}, manifests: "/m", codeVolumePath: "/c", nodeIp: "192.0.2.8" } as never;
    assert.throws(
      () => resolveSettings(readKeys({ mirror, embedded: "dev" }), "dev", { context: "c", embedded }),
      /only one of knflow:mirror and knflow:embedded/,
    );
  });
});
