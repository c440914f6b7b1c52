import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import { KnativeServing } from "../../components/knative-serving.ts";
import { Kourier } from "../../components/kourier.ts";
import { RunStore } from "../../components/run-store.ts";
import { runtimeImages } from "../../components/runtime-images.ts";
import { platformManifests } from "../../manifests/platform.ts";
import { resolveSettings } from "../../settings/index.ts";
import { readKeys } from "../../settings/read.ts";
import { imagesIn } from "../image-references.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { recordResources, settled } from "./mocks.ts";
import { releaseFolder } from "./release-folder.ts";

describe("with a mirror", () => {
  let manifests: string;
  before(async () => {
    manifests = await releaseFolder();
  });
  after(() => rm(manifests, { recursive: true }));

  it("every image that resources name, and every base of a build, is there", async () => {
    const asked = recordResources();
    const mirror = "registry.example.com/mirror";
    const keys = readKeys({ externalIp: "192.0.2.7", mirror, registry: "registry.example.com/team", manifests });
    const settings = resolveSettings(keys, "test", { context: "c" });
    const { images, runStore } = settings;
    assert.ok(runStore);
    const release = await platformManifests(settings);
    const platform = [new KnativeServing("knative-serving", release), new Kourier("kourier", release)];
    const built = await runtimeImages(images, ["python", "node"]);
    const store = new RunStore("run-store", {
      ...runStore,
      namespace: "knflow-test",
      prepared: undefined,
      protect: false,
      keeperImage: built.workflow,
      logLevel: "info",
      clusterEnvironment: { KNFLOW_CONTEXT: "c" },
    });
    for (const { urn } of [...platform, store]) await settled(pulumi.output(urn));
    await settled(pulumi.all(Object.values(built)));
    const found = () =>
      imagesIn(asked.filter(({ type }) => /^(kubernetes|docker-build):/.test(type)).map(({ inputs }) => inputs));
    const fromOutside = () =>
      found().filter((image) => !/^(localhost:5000|registry.example.com\/team)\/knflow\//.test(image));
    // 7 of the release, a base each of Python, Node.js and nginx, PostgreSQL.
    const seen = await waitFor("all of them", () => (fromOutside().length >= 11 ? fromOutside() : undefined));
    assert.equal(seen.length, 11);
    assert.deepEqual(
      seen.filter((image) => !image.startsWith(`${mirror}/`)),
      [],
    );
  });
});
