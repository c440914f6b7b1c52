import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KnativeServing } from "../../components/knative-serving.ts";
import { Kourier } from "../../components/kourier.ts";
import { RunStore } from "../../components/run-store.ts";
import { runtimeImages } from "../../components/runtime-images.ts";
import { withMirror } from "../../manifests/mirror.ts";
import { parseManifest, type KubernetesObject } from "../../manifests/release.ts";
import { resolveSettings } from "../../settings/index.ts";
import { readKeys } from "../../settings/read.ts";
import { imagesIn } from "../image-references.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { releaseManifest } from "../unit/manifests/release-manifest.ts";
import { recordResources, settled } from "./mocks.ts";

describe("with a mirror", () => {
  it("every image that resources name, and every base of a build, is there", async () => {
    const asked = recordResources();
    const mirror = "registry.example.com/mirror";
    const keys = readKeys({ externalIp: "192.0.2.7", mirror, registry: "registry.example.com/team" });
    const { images, release, runStore } = resolveSettings(keys, "test", { context: "c" });
    assert.ok(runStore);
    const named = (kind: string, name: string): KubernetesObject => ({ apiVersion: "v1", kind, metadata: { name } });
    const objects = withMirror(
      [
        ...parseManifest("release.yaml", releaseManifest),
        named("ConfigMap", "config-network"),
        named("ConfigMap", "config-autoscaler"),
        { ...named("Service", "kourier"), spec: { type: "LoadBalancer" } },
      ],
      release.mirror,
    );
    const kourier = objects.filter(({ metadata }) => metadata.name.includes("kourier"));
    const serving = objects.filter((object) => !kourier.includes(object));
    const platform = [
      new KnativeServing("knative-serving", { crds: [], serving }),
      new Kourier("kourier", { kourier }),
    ];
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
