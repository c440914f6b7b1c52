import assert from "node:assert/strict";
import { prepareFoldersJob, prepareFoldersName } from "../../../manifests/node-folders.ts";
import { persistentVolume, persistentVolumeClaim } from "../../../manifests/volume.ts";
import { codeOrigin, fileServerDeployment, fileServerService } from "../../../manifests/file-server.ts";
import { knativeService } from "../../../manifests/knative-service.ts";
import { functionYaml } from "../../../source/function-yaml.ts";

const volume = {
  name: "faasit-code-volume",
  namespace: "knflow-dev",
  purpose: "code-volume",
  capacity: "1Gi",
  request: "512Mi",
  hostPath: "/var/lib/knflow/knflow-dev",
};

const archive = {
  source: { folder: "functions/wordcount/count" },
  object: `wordcount/count-${"a".repeat(64)}.zip`,
  sha256: "a".repeat(64),
  size: 100,
};

describe("the reference deployment", () => {
  it("has a PersistentVolume of 1Gi on the node, retained, without a class", () => {
    const { metadata, spec } = persistentVolume(volume);
    assert.equal(metadata.name, "faasit-code-volume");
    assert.deepEqual(spec.capacity, { storage: "1Gi" });
    assert.equal(spec.volumeMode, "Filesystem");
    assert.deepEqual(spec.accessModes, ["ReadWriteOnce"]);
    assert.equal(spec.persistentVolumeReclaimPolicy, "Retain");
    assert.equal(spec.storageClassName, "");
    assert.equal(spec.hostPath.path, "/var/lib/knflow/knflow-dev");
  });

  it("has a claim of 512Mi that binds to that volume alone", () => {
    const { metadata, spec } = persistentVolumeClaim(volume);
    assert.equal(metadata.name, "faasit-code-volume-claim");
    assert.deepEqual(spec.resources, { requests: { storage: "512Mi" } });
    assert.equal(spec.storageClassName, "");
    assert.equal((spec as { volumeName?: string }).volumeName, "faasit-code-volume");
  });

  it("can take a StorageClass instead of a node's folder", () => {
    const { spec } = persistentVolumeClaim({ ...volume, storageClass: "fast" });
    assert.equal(spec.storageClassName, "fast");
    assert.equal("volumeName" in spec, false);
  });

  it("pins volume and preparation to a node where one is named", () => {
    const term = { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n1"] }] };
    assert.deepEqual(persistentVolume({ ...volume, node: "n1" }).spec.nodeAffinity, {
      required: { nodeSelectorTerms: [term] },
    });
    const prepared = { folders: [volume.hostPath], node: "n1", image: "nginx", setupNamespace: "knflow-dev-setup" };
    const name = prepareFoldersName(prepared);
    const job = prepareFoldersJob({ ...prepared, name });
    assert.equal(job.metadata.namespace, "knflow-dev-setup");
    assert.equal(job.metadata.name, name);
    // A Job's pods cannot be changed.
    for (const other of [{ image: "nginx:2" }, { node: undefined }, { folders: ["/srv"] }])
      assert.notEqual(prepareFoldersName({ ...prepared, ...other }), name);
    assert.ok(JSON.stringify(job.spec.template.spec.affinity).includes(JSON.stringify(term)));
  });

  it("has one file server with the volume at /data/uploads and bounded resources", () => {
    const { metadata, spec } = fileServerDeployment({
      namespace: "knflow-dev",
      image: "nginx@sha256:1",
      claim: "c",
      listing: false,
    });
    const container = spec.template.spec.containers[0];
    assert.equal(metadata.name, "nginx-file-server");
    assert.equal(spec.replicas, 1);
    assert.deepEqual(container?.resources, {
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "250m", memory: "256Mi" },
    });
    assert.deepEqual(container?.volumeMounts[0], { name: "code", mountPath: "/data/uploads" });
    const { spec: service, metadata: named } = fileServerService("knflow-dev");
    assert.deepEqual(named.annotations, { "pulumi.com/skipAwait": "true" }, "its endpoints are its Deployment's");
    assert.equal(service.type, "ClusterIP");
    assert.equal(service.ports[0]?.port, 80);
    assert.deepEqual(service.selector, spec.selector.matchLabels);
  });

  it("lets a runtime answer for its time before Knative gives the request up", () => {
    const times = [1, 60, 599, 600].map((timeoutSeconds) => {
      const { spec } = knativeService({
        name: "wordcount",
        namespace: "knflow-dev",
        workflow: "wordcount",
        image: "registry/workflow@sha256:1",
        archive,
        codeOrigin: codeOrigin("knflow-dev"),
        settings: functionYaml.parse({ runtime: "python", timeoutSeconds }),
        logLevel: "info",
        runtimeEnv: {},
      }).spec.template;
      const own = spec.containers[0]?.env.find(({ name }) => name === "KNFLOW_TIMEOUT_SECONDS");
      return [own && "value" in own ? Number(own.value) : undefined, spec.timeoutSeconds];
    });
    assert.deepEqual(times, [
      [1, 3],
      [60, 62],
      [598, 600],
      [598, 600],
    ]);
  });

  it("gives functions a /tmp of bounded size or memory, and an executor, which writes nothing, no volume", () => {
    const parts = (tmp: "volume" | "memory", name?: string) => {
      const { spec } = knativeService({
        name: "wordcount",
        namespace: "knflow-dev",
        workflow: "wordcount",
        ...(name !== undefined && { function: name }),
        image: "registry/image@sha256:1",
        archive,
        codeOrigin: codeOrigin("knflow-dev"),
        settings: functionYaml.parse({ runtime: "python", tmp }),
        logLevel: "info",
        runtimeEnv: {},
      }).spec.template;
      const folders = spec.containers[0]?.env.filter((one) => ["KNFLOW_WORK_DIR", "TMPDIR"].includes(one.name));
      return { volumes: spec.volumes, mounts: spec.containers[0]?.volumeMounts, folders };
    };
    assert.deepEqual(parts("volume", "count"), {
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1200Mi" } }],
      mounts: [{ name: "tmp", mountPath: "/tmp" }],
      folders: [],
    });
    assert.deepEqual(parts("memory", "count"), {
      volumes: undefined,
      mounts: undefined,
      folders: [
        { name: "KNFLOW_WORK_DIR", value: "/dev/shm/knflow" },
        { name: "TMPDIR", value: "/dev/shm" },
      ],
    });
    assert.deepEqual(parts("volume"), { volumes: undefined, mounts: undefined, folders: [] });
  });

  it("has one Knative Service a function with probe, security and environment as stated", () => {
    const service = knativeService({
      name: "wordcount-count",
      namespace: "knflow-dev",
      workflow: "wordcount",
      function: "count",
      image: "registry/python@sha256:1",
      archive,
      codeOrigin: codeOrigin("knflow-dev"),
      settings: functionYaml.parse({
        runtime: "python",
        env: { GREETING: "hi" },
        scale: { min: 1, window: "2m", initial: 0 },
      }),
      logLevel: "info",
      runtimeEnv: { KNFLOW_HANDLER: "main.handler" },
    });
    const { metadata, spec } = service.spec.template;
    const container = spec.containers[0];
    assert.deepEqual(container?.ports, [{ containerPort: 9000 }]);
    const readinessProbe = { httpGet: { path: "/health", port: 9000 }, periodSeconds: 2, timeoutSeconds: 10 };
    assert.deepEqual(container?.readinessProbe, readinessProbe);
    assert.equal(container?.securityContext.allowPrivilegeEscalation, false);
    assert.deepEqual(container?.securityContext.capabilities, { drop: ["ALL"] });
    assert.deepEqual(container?.securityContext.seccompProfile, { type: "RuntimeDefault" });
    assert.equal(spec.automountServiceAccountToken, false);
    const env = Object.fromEntries((container?.env ?? []).map((one) => [one.name, "value" in one ? one.value : ""]));
    assert.equal(env.FAASIT_FUNC_NAME, "count");
    assert.equal(env.FAASIT_PROVIDER, "knative");
    assert.equal(env.FAASIT_CODE_DIR, archive.object);
    assert.equal(env.FAASIT_WORKFLOW_NAME, "wordcount");
    assert.equal(env.KNFLOW_CODE_SHA256, archive.sha256);
    assert.equal(env.GREETING, "hi");
    assert.equal(metadata.annotations["knflow.dev/code-sha256"], archive.sha256);
    assert.equal(metadata.annotations["autoscaling.knative.dev/min-scale"], "1");
    assert.equal(metadata.annotations["autoscaling.knative.dev/window"], "2m");
    assert.equal(metadata.annotations["autoscaling.knative.dev/initial-scale"], "0");
    assert.match(service.metadata.annotations["pulumi.com/waitFor"], /^jsonpath=\{.status.url\}$/);
  });
});
