import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { StoredObjects } from "../../components/stored-objects.ts";
import { deployStack } from "../../program.ts";
import { resolveSettings } from "../../settings/index.ts";
import { readKeys } from "../../settings/read.ts";
import { recordResources, settled } from "./mocks.ts";
import { releaseFolder } from "./release-folder.ts";

describe("a stack", () => {
  let manifests: string;
  before(async () => {
    manifests = await releaseFolder();
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
    const deployment = "file-server-deployment";
    assert.deepEqual(
      asked.filter((name) => [platform, "services-gone", deployment, service].includes(name)),
      [platform, "services-gone", deployment, service],
    );
  });
});
