import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { StoredObjects } from "../../components/stored-objects.ts";
import { deployStack } from "../../program.ts";
import { resolveSettings } from "../../settings/index.ts";
import { readKeys } from "../../settings/read.ts";
import { recordResources, settled } from "./mocks.ts";

describe("a stack", () => {
  let manifests: string;
  before(async () => {
    manifests = await mkdtemp(join(tmpdir(), "knflow-program-"));
    const part = (kind: string, name: string) =>
      `apiVersion: v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: { type: LoadBalancer }\n`;
    const configs = ["network", "autoscaler", "domain", "deployment"].map((name) =>
      part("ConfigMap", `config-${name}`),
    );
    const parts = [...configs, part("Service", "kourier"), part("CustomResourceDefinition", "a.knative.dev")];
    for (const file of ["serving-crds.yaml", "serving-core.yaml", "kourier.yaml"]) {
      await writeFile(join(manifests, file), parts.join("---\n"));
    }
  });
  after(() => rm(manifests, { recursive: true }));

  /** The names of what a stack asks for, in turn. */
  async function askedFor(stored: StoredObjects): Promise<string[]> {
    const asked = recordResources();
    const keys = readKeys({ externalIp: "192.0.2.7", registry: "registry.example.com/team", manifests });
    const settings = resolveSettings(keys, "test", { context: "c" });
    const provider = new k8s.Provider("cluster", {});
    const outputs = await deployStack({ settings, release: undefined, provider, stored: Promise.resolve(stored) });
    const { workflows } = await settled(pulumi.output(outputs));
    assert.ok(workflows.wordcount?.url.startsWith("http://wordcount."), "all of it is made");
    return asked.map(({ name }) => name);
  }

  const push = "wordcount-split-archive-push";
  const platform = "knative-serving-crds";
  const service = "wordcount-split-service";

  it("pushes code before it looks at Knative, where a file server is there to take it", async () => {
    const asked = await askedFor(new StoredObjects(""));
    assert.deepEqual(
      asked.filter((name) => [push, platform, "services-gone", service].includes(name)),
      [push, platform, "services-gone", service],
    );
  });

  it("installs Knative while its file server starts", async () => {
    const asked = await askedFor(new StoredObjects(undefined));
    assert.ok(asked.indexOf(platform) < asked.indexOf("file-server-deployment"), asked.join(" "));
    assert.ok(asked.indexOf("services-gone") < asked.indexOf(service), asked.join(" "));
  });
});
