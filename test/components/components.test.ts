import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describeArchive, type CodeObject } from "../../archive/code-object.ts";
import { CodeArchive } from "../../components/code-archive.ts";
import { CodeVolume } from "../../components/code-volume.ts";
import { FileServer } from "../../components/file-server.ts";
import { functionDependencies, type FunctionDependencies } from "../../components/function-dependencies.ts";
import { KnativeServing } from "../../components/knative-serving.ts";
import { nodeFolders } from "../../components/node-folders.ts";
import { knativeKinds, removalGate } from "../../components/removal-gate.ts";
import { NetworkPolicies } from "../../components/network-policies.ts";
import { RunStore } from "../../components/run-store.ts";
import { stackCommand } from "../../components/stack-command.ts";
import { StoredObjects } from "../../components/stored-objects.ts";
import { RuntimeImage } from "../../components/runtime-image.ts";
import { runtimeImages } from "../../components/runtime-images.ts";
import { Workflow } from "../../components/workflow.ts";
import { knativeService } from "../../manifests/knative-service.ts";
import type { KubernetesObject } from "../../manifests/release.ts";
import { functionYaml } from "../../source/function-yaml.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { recordResources, settled, type AskedResource } from "./mocks.ts";

interface PodContainer {
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

describe("components", () => {
  let asked: AskedResource[];
  beforeEach(() => {
    asked = recordResources();
  });
  const ofType = (type: string) => asked.filter((resource) => resource.type === type);

  const volume = {
    name: "faasit-code-volume",
    namespace: "knflow-test",
    capacity: "1Gi",
    request: "512Mi",
    hostPath: "/var/lib/knflow/knflow-test",
    prepared: undefined,
    protect: false,
    clusterEnvironment: { KNFLOW_CONTEXT: "c" },
  };

  describe("CodeVolume", () => {
    it("makes the volume, then claims it", async () => {
      const claim = await settled(new CodeVolume("code-volume", volume).claim);
      assert.equal(claim, "faasit-code-volume-claim");
      const release = {
        delete: stackCommand("release-claim"),
        environment: {
          KNFLOW_CONTEXT: "c",
          KNFLOW_NAMESPACE: "knflow-test",
          KNFLOW_CLAIM: "faasit-code-volume-claim",
        },
      };
      assert.deepEqual(
        ofType("command:local:Command").map(({ name, inputs }) => ({ name, inputs })),
        ["pv", "pvc"].map((of) => ({ name: `code-volume-${of}-release`, inputs: release })),
      );
      assert.equal(ofType("kubernetes:core/v1:PersistentVolume").length, 1);
    });

    it("makes only a claim where a StorageClass provides the volume", async () => {
      await settled(new CodeVolume("code-volume", { ...volume, storageClass: "fast" }).claim);
      assert.equal(ofType("kubernetes:core/v1:PersistentVolume").length, 0);
      assert.equal(ofType("kubernetes:batch/v1:Job").length, 0);
      assert.equal(ofType("kubernetes:core/v1:PersistentVolumeClaim").length, 1);
    });
  });

  it("a Job gives a node's folders to the user of the pods, in a namespace of its own", async () => {
    const folders = ["/var/lib/knflow/a", "/var/lib/knflow/b"];
    const job = nodeFolders("folders", { namespace: "knflow-test", folders, node: undefined, image: "i" }, {});
    await settled(pulumi.output(job.urn));
    const [asked] = ofType("kubernetes:batch/v1:Job");
    assert.equal((asked?.inputs.metadata as { namespace: string }).namespace, "knflow-test-setup");
    for (const folder of folders) assert.ok(JSON.stringify(asked?.inputs).includes(folder));
  });

  describe("RunStore", () => {
    const store = {
      namespace: "knflow-test",
      prepared: undefined,
      keeperImage: "wf@sha256:1",
      protect: false,
      retentionDays: 7,
      logLevel: "info",
      clusterEnvironment: { KNFLOW_CONTEXT: "c" },
    };
    const own = {
      image: "postgres@sha256:1",
      volume: { name: "knflow-test-run-store", capacity: "1Gi", request: "1Gi", hostPath: "/var/lib/knflow/runs" },
    };

    /** What is in the Secret; it went to the engine as a secret. */
    const secretData = () => {
      const [secret] = ofType("kubernetes:core/v1:Secret");
      return (secret?.inputs.stringData as { value: Record<string, string> }).value;
    };

    it("is PostgreSQL on a volume of its own, and the run keeper; its password is made once, and a secret", async () => {
      const made = new RunStore("run-store", { ...store, server: own });
      await settled(made.access.version);
      await settled(pulumi.output(made.urn));
      assert.match(
        secretData().url ?? "",
        /^postgres:\/\/knflow:stdout of run-store-password@run-store\.knflow-test\.svc:5432\//,
      );
      for (const { inputs } of ofType("kubernetes:apps/v1:Deployment")) {
        assert.match(JSON.stringify(inputs), /"knflow\.dev\/secret-version":"version-of-secret"/);
      }
      assert.equal(ofType("kubernetes:core/v1:PersistentVolumeClaim").length, 1);
      const password = ofType("command:local:Command").find(({ name }) => name === "run-store-password");
      assert.equal(password?.inputs.logging, "none");
    });

    it("is the run keeper alone where the store is somewhere else", async () => {
      const url = "postgres://me:secret@db.example.com/runs";
      const made = new RunStore("run-store", { ...store, server: { url } });
      await settled(made.access.version);
      assert.deepEqual(secretData(), { url: `${url}?schema=knflow-test` });
      assert.equal(ofType("kubernetes:core/v1:PersistentVolumeClaim").length, 0);
      assert.equal(ofType("command:local:Command").length, 0);
    });
  });

  describe("the platform", () => {
    const object = (kind: string, name: string, rest: object = {}) => ({
      apiVersion: "v1",
      kind,
      metadata: { name, namespace: "n" },
      ...rest,
    });
    /** The objects asked for, by the group that has them. */
    const groups = () =>
      Object.fromEntries(
        ofType("kubernetes:yaml/v2:ConfigGroup").map(({ name, inputs }) => [name, inputs.objs as KubernetesObject[]]),
      );

    it("KnativeServing is its CRDs, then its core in stages", async () => {
      const serving = new KnativeServing("knative-serving", {
        crds: [object("CustomResourceDefinition", "services.serving.knative.dev")],
        serving: [object("ConfigMap", "config-network"), object("Deployment", "controller")],
      });
      await settled(pulumi.output(serving.urn));
      await waitFor("the last stage", () => groups()["knative-serving-servers"]);
      assert.deepEqual(
        Object.entries(groups()).map(([group, objects]) => [group, ...objects.map(({ metadata }) => metadata.name)]),
        [
          ["knative-serving-crds", "services.serving.knative.dev"],
          ["knative-serving-base", "config-network"],
          ["knative-serving-servers", "controller"],
        ],
      );
    });

    it("a removal gate waits for what its kinds name, in its namespace and where it is shared", async () => {
      const args = { kinds: knativeKinds, namespace: "knflow-test", clusterEnvironment: { KNFLOW_CONTEXT: "c" } };
      const gates = [removalGate("gone", args, {}), removalGate("gone-shared", { ...args, shared: "pods" }, {})];
      for (const gate of gates) await settled(pulumi.output(gate.urn));
      const environment = { KNFLOW_CONTEXT: "c", KNFLOW_NAMESPACE: "knflow-test", KNFLOW_KINDS: knativeKinds };
      assert.deepEqual(
        ofType("command:local:Command").map(({ inputs }) => inputs),
        [environment, { ...environment, KNFLOW_SHARED_KIND: "pods" }].map((own) => ({
          delete: stackCommand("await-removal"),
          environment: own,
        })),
      );
    });
  });

  it("FileServer serves at an address inside the cluster", async () => {
    const args = { namespace: "knflow-test", image: "nginx@sha256:1", claim: "c" };
    const server = new FileServer("file-server", { ...args, listing: false });
    assert.equal(server.origin, "http://nginx-file-server.knflow-test.svc.cluster.local/data/");
    await settled(pulumi.output(server.urn));
    assert.equal(ofType("kubernetes:core/v1:ConfigMap").length, 0);
    new FileServer("listing", { ...args, listing: true });
    const config = await waitFor("the listing", () => ofType("kubernetes:core/v1:ConfigMap")[0]);
    assert.match((config.inputs.data as Record<string, string>)["listing.conf"] ?? "", /^ {2}autoindex on;$/m);
  });

  it("NetworkPolicies are made one by one, the run store's where the stack has one", async () => {
    const args = { namespace: "knflow-test", gatewayNamespaces: ["kourier-system"] };
    new NetworkPolicies("some", { ...args, runStore: false });
    new NetworkPolicies("all", { ...args, runStore: true });
    const names = () => ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy").map(({ name }) => name);
    await waitFor("the last one", () => (names().includes("all-run-store") ? true : undefined));
    const always = ["deny-ingress", "nginx-file-server", "workflows"];
    const all = [...always, "run-store"].map((name) => `all-${name}`);
    assert.deepEqual(names().sort(), [...all, ...always.map((name) => `some-${name}`)].sort());
  });

  describe("RuntimeImage", () => {
    const image = {
      context: "runtimes/python",
      dockerfile: "runtimes/python/Dockerfile",
      contextDigest: "d".repeat(64),
      repository: "runtime-python",
      registry: "localhost:5000",
      platform: "linux/arm64" as const,
      caFolder: "runtimes/no-ca",
      buildArgs: { PIP_INDEX_URL: "https://pypi.example.com/simple" },
    };

    it("is built by BuildKit, pushed once per content and used by digest", async () => {
      const built = new RuntimeImage("runtime-python", {
        ...image,
        builder: "buildkit",
        source: { baseImage: "base@sha256:1" },
      });
      assert.match(await settled(built.ref), /^localhost:5000\/knflow\/.*@sha256:b{64}$/);
      const [resource] = ofType("docker-build:index:Image");
      assert.deepEqual(resource?.inputs.tags, ["localhost:5000/knflow/runtime-python:dddddddddddddddd-arm64"]);
      assert.deepEqual(resource?.inputs.buildArgs, {
        PIP_INDEX_URL: "https://pypi.example.com/simple",
        BASE_IMAGE: "base@sha256:1",
      });
      assert.deepEqual(resource?.inputs.platforms, ["linux/arm64"]);
      assert.equal(resource?.inputs.push, true);
    });

    it("is built by a Docker engine where that is chosen", async () => {
      const built = new RuntimeImage("runtime-python", {
        ...image,
        builder: "docker",
        source: { baseImage: "base@sha256:1" },
      });
      assert.match(await settled(built.ref), /@sha256:c{64}$/);
      const [resource] = ofType("docker:index/image:Image");
      assert.equal(resource?.inputs.imageName, "localhost:5000/knflow/runtime-python:dddddddddddddddd-arm64");
      assert.equal((resource?.inputs.build as { platform: string }).platform, "linux/arm64");
      assert.equal(ofType("docker-build:index:Image").length, 0);
    });

    it("has no CA of the settings where a Docker engine builds it, which is told", async () => {
      const { warn } = pulumi.log;
      const told: string[] = [];
      const log = pulumi.log as { warn: typeof warn };
      log.warn = (message) => Promise.resolve(void told.push(message));
      try {
        const base = { baseImage: "base@sha256:1" };
        const sources = { python: base, node: base, workflow: base, fileServer: { image: "files:1" } };
        const { registry, platform, buildArgs } = image;
        const settings = { registry, platform, buildArgs, sources, caBundle: "/ca/ca-certificates.crt" };
        await runtimeImages({ ...settings, builder: "buildkit" }, ["python"]);
        assert.deepEqual(told, []);
        await runtimeImages({ ...settings, builder: "docker" }, ["python"]);
        assert.match(
          told.join("\n"),
          /^knflow:caBundle does not reach builds of knflow:imageBuilder docker \(python, workflow\);/,
        );
      } finally {
        log.warn = warn;
      }
    });

    it("is taken as it is where a ready-made one is named", async () => {
      const built = new RuntimeImage("runtime-python", {
        ...image,
        builder: "buildkit",
        source: { image: "r.example.com/py:1" },
      });
      assert.equal(await settled(built.ref), "r.example.com/py:1");
      assert.equal(ofType("docker-build:index:Image").length, 0);
    });
  });

  describe("FunctionDependencies", () => {
    const settings = {
      target: { pythonVersion: "3.12", architecture: "amd64" as const },
      pipIndexUrl: "https://pypi.example.com/simple",
      caBundle: undefined,
      namespace: "knflow-test",
      volume: "code-claim",
      clusterEnvironment: { KNFLOW_CONTEXT: "kind-test" },
      stored: new StoredObjects(undefined),
    };
    const spec = (lock: string, lockSha256: string) => ({ runtime: "python" as const, lock, lockSha256 });

    it("installs and pushes once for equal lock files", async () => {
      const made = functionDependencies([spec("a.txt", "1"), spec("b.txt", "1"), spec("c.txt", "2")], settings, {});
      assert.deepEqual([...made.keys()], ["1", "2"]);
      const [first] = made.values();
      assert.ok(first);
      assert.match(await settled(first.object), /^stdout of dependencies-python-[0-9a-f]{16}-install$/);
      const commands = ofType("command:local:Command");
      assert.equal(commands.length, 4);
      const install = commands.find(({ name }) => name.endsWith("-install"))?.inputs.environment as Record<
        string,
        string
      >;
      assert.equal(install.KNFLOW_PIP_INDEX_URL, settings.pipIndexUrl);
      assert.deepEqual(Object.keys(install).sort(), ["KNFLOW_DEPENDENCIES_SOURCE", "KNFLOW_PIP_INDEX_URL"]);
    });
  });

  it("archives that the volume lost are pushed again, and what starts from them begins anew", async () => {
    const archives = await Promise.all(
      ["there", "gone", "cut", "suspect"].map((name) =>
        describeArchive("wordcount", name, { folder: "functions/wordcount/count" }),
      ),
    );
    const [there, , cut, suspect] = archives.map(({ object, size }) => `${object} ${size}`);
    const list = [there, `${cut}0`, `${suspect} suspect`].join("\n");
    for (const [stored, missed] of [
      [new StoredObjects(list, new Date(0)), [undefined, ...Array<string>(3).fill("1970-01-01T00:00:00.000Z")]],
      [new StoredObjects(undefined), Array(4).fill(undefined)],
    ] as const) {
      const made = archives.map((archive, n) => {
        const args = { archive, namespace: "n", volume: "v", clusterEnvironment: {}, reloaded: undefined, stored };
        return settled(new CodeArchive(`archive-${n}`, args).missed);
      });
      assert.deepEqual(await Promise.all(made), missed);
    }
    const manifest = (missed?: string) =>
      knativeService({
        name: "n",
        namespace: "n",
        workflow: "w",
        image: "i",
        archive: archives[0] as CodeObject,
        codeOrigin: "o",
        settings: functionYaml.parse({ runtime: "python" }),
        logLevel: "info",
        runtimeEnv: {},
        missed,
      }).spec.template.metadata.annotations;
    assert.deepEqual(manifest("then"), { ...manifest(), "knflow.dev/code-missed": "then" });
  });

  describe("Workflow", () => {
    const platform = {
      namespace: "knflow-test",
      knative: Promise.resolve([]),
      codeOrigin: "http://nginx-file-server.knflow-test.svc.cluster.local/data/",
      volume: "code-claim",
      stored: new StoredObjects(undefined),
      dependencies: new Map<string, FunctionDependencies>(),
      images: {
        python: pulumi.output("py@sha256:1"),
        node: pulumi.output("node@sha256:1"),
        workflow: pulumi.output("wf@sha256:1"),
      },
      clusterEnvironment: { KNFLOW_CONTEXT: "kind-test" },
      runStore: undefined,
      secrets: {
        configured: new Map<string, { value: pulumi.Output<string> }>(),
        existing: {},
      },
      scale: {},
      logLevel: "info",
      logPayloadBytes: 512,
      workflowPage: false,
      reload: false,
      readyTimeoutSeconds: 90,
    };

    function environmentOf(service: string): Record<string, string> {
      const found = ofType("kubernetes:serving.knative.dev/v1:Service").find(
        ({ inputs }) => (inputs.metadata as { name: string }).name === service,
      );
      const { spec } = (found?.inputs.spec as { template: { spec: { containers: PodContainer[] } } }).template;
      const env = spec.containers.flatMap((container) => container.env);
      return Object.fromEntries(env.map(({ name, value }) => [name, value]));
    }

    /** By what the code in a Knative Service calls others. */
    function callAddresses(service: string): Record<string, string> {
      return Object.fromEntries(Object.entries(environmentOf(service)).filter(([name]) => name.endsWith("_ADDRESS")));
    }

    const wordcount = async () => ({
      name: "wordcount",
      archive: await describeArchive("wordcount", "workflow", { folder: "test/components" }),
      functions: [
        {
          name: "count",
          settings: functionYaml.parse({ runtime: "python", handler: "main.count" }),
          secrets: [],
          dependencies: undefined,
          archive: await describeArchive("wordcount", "count", { folder: "test/components" }),
        },
      ],
    });

    it("is one Knative Service a function, one for itself, each with its archive and its gate", async () => {
      const source = await wordcount();
      const outputs = await settled(new Workflow("wordcount", { source, platform }).outputs);
      assert.deepEqual(outputs, {
        url: "http://wordcount.knflow-test.192.0.2.7.sslip.io",
        host: "wordcount.knflow-test.192.0.2.7.sslip.io",
        digest: source.archive.sha256,
        functions: {
          count: {
            url: "http://wordcount-count.knflow-test.192.0.2.7.sslip.io",
            host: "wordcount-count.knflow-test.192.0.2.7.sslip.io",
            digest: source.functions[0]?.archive.sha256,
            revision: "stdout of wordcount-count-ready",
            image: "py@sha256:1",
          },
        },
      });

      const services = ofType("kubernetes:serving.knative.dev/v1:Service");
      assert.deepEqual(services.map((service) => (service.inputs.metadata as { name: string }).name).sort(), [
        "wordcount",
        "wordcount-count",
      ]);
      assert.deepEqual(callAddresses("wordcount-count"), {
        KNFLOW_FUNCTION_ADDRESS: "http://wordcount-{name}.knflow-test.svc.cluster.local",
        KNFLOW_WORKFLOW_ADDRESS: "http://{name}.knflow-test.svc.cluster.local",
      });
      assert.deepEqual(callAddresses("wordcount"), {});
      assert.equal(environmentOf("wordcount").KNFLOW_WORKFLOW_PAGE, "false", "as the setting says");
      const commands = ofType("command:local:Command");
      assert.deepEqual(commands.map((resource) => resource.name).sort(), [
        "wordcount-archive-push",
        "wordcount-count-archive-push",
        "wordcount-count-ready",
        "wordcount-ready",
      ]);
      const environment = commands.find((resource) => resource.name === "wordcount-ready")?.inputs.environment;
      assert.deepEqual(environment, {
        KNFLOW_CONTEXT: "kind-test",
        KNFLOW_NAMESPACE: "knflow-test",
        KNFLOW_SERVICE: "wordcount",
        KNFLOW_GENERATION: "1",
        KNFLOW_UID: "uid of wordcount",
        KNFLOW_READY_TIMEOUT_SECONDS: "90",
      });
      for (const { name } of asked) assert.match(name, /^wordcount/, "a child's name begins with its parent's");
    });

    it("has pods take a changed archive where the stack says so, and gates that can take it back", async () => {
      const source = await wordcount();
      const commandOf = (name: string) => ofType("command:local:Command").find((resource) => resource.name === name);
      await settled(new Workflow("wordcount", { source, platform }).outputs);
      assert.equal(commandOf("wordcount-count-archive-push")?.inputs.update, undefined);
      asked.length = 0;
      await settled(new Workflow("wordcount", { source, platform: { ...platform, reload: true } }).outputs);
      const [archive] = source.functions.map((fn) => fn.archive);
      const push = commandOf("wordcount-count-archive-push")?.inputs;
      assert.match(String(push?.create), / commands\/push-archive\.ts$/, "there is no pod yet");
      assert.match(String(push?.update), / commands\/push-and-reload\.ts$/);
      assert.equal((push?.environment as Record<string, string>).KNFLOW_SERVICE, "wordcount-count");
      const gate = commandOf("wordcount-count-ready")?.inputs.environment as Record<string, string>;
      assert.deepEqual([gate.KNFLOW_RELOADED_OBJECT, gate.KNFLOW_RELOADED_SHA256], [archive?.object, archive?.sha256]);
    });
  });
});
