import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { execa } from "execa";
import { stringify } from "yaml";
import { clusterDown, clusterStatus, clusterUp, type Instance } from "../../cluster/embedded/index.ts";
import { layoutOf } from "../../cluster/embedded/layout.ts";
import { readNetwork } from "../../cluster/embedded/network.ts";
import { waitUntil } from "../../cluster/embedded/wait.ts";
import { ensureTools } from "../../cluster/toolchain/index.ts";
import { UserError } from "../../console/errors.ts";
import { createProgress } from "../../console/progress.ts";
import { withMirror } from "../../manifests/mirror.ts";
import { readRelease } from "../../manifests/release-files.ts";
import { imagesIn } from "../image-references.ts";
import { hostState } from "./host.ts";

const progress = createProgress({ logDir: join(tmpdir(), "knflow-test-cluster") });
const [name, beside] = ["npm-test-life", "npm-test-beside"];

describe("an instance of the embedded cluster", function () {
  this.timeout(180_000);
  let instance: Instance;
  let kubectl: (...args: string[]) => Promise<string>;

  before(async () => {
    const tools = await ensureTools(["kubectl"], progress);
    kubectl = async (...args) => {
      const flags = [`--kubeconfig=${instance.kubeconfig}`, `--context=${instance.context}`];
      return (await execa(tools.path("kubectl"), [...flags, ...args])).stdout;
    };
    for (const one of [name, beside]) await clusterDown(one, { purge: true }, progress);
  });
  after(async () => {
    for (const one of [name, beside]) await clusterDown(one, { purge: true }, progress);
  });

  it("comes up once where two ask for it at the same time", async () => {
    const [first, second] = await Promise.all([clusterUp(name, progress), clusterUp(name, progress)]);
    assert.deepEqual(first, second);
    instance = first;
    const status = await clusterStatus(name);
    assert.equal(status.state, "running");
    assert.equal(status.nodeReady, true);
    assert.deepEqual(
      status.services.filter((service) => !service.running).map((service) => service.name),
      [],
    );
  });

  it("has manifests whose every image a mirror would have", async () => {
    const source = { knativeVersion: "", kourierVersion: "", sha256: {}, location: instance.manifests };
    const release = await readRelease(source);
    const objects = withMirror([...release.core, ...release.kourier], "mirror.example.com");
    const images = imagesIn(objects.filter(({ kind }) => kind !== "CustomResourceDefinition"));
    assert.ok(images.length > 5, images.join());
    for (const image of images) assert.match(image, /^mirror\.example\.com\/localhost_5000\//);
  });

  it("stays as it is when it is asked for again", async () => {
    const { pid } = await clusterStatus(name);
    const started = performance.now();
    assert.deepEqual(await clusterUp(name, progress), instance);
    assert.ok(performance.now() - started < 10_000, "asking again is quick");
    assert.equal((await clusterStatus(name)).pid, pid);
  });

  it("runs a pod from its own registry, reachable on the host's loopback", async () => {
    const file = join(layoutOf(name).folder, "web.yaml");
    await writeFile(file, webManifests(instance));
    await kubectl("apply", "-f", file);
    await kubectl("rollout", "status", "deployment/web", "--timeout=120s");
    // The address leads there a moment after the pod is ready.
    await serves(instance, 10_000);
  });

  it("resolves names of the cluster in a pod", async () => {
    const code = "import socket; print(socket.gethostbyname('kubernetes.default.svc.cluster.local'))";
    assert.equal(await kubectl("exec", "deployment/web", "--", "python3", "-c", code), "10.96.0.1");
  });

  it("gets a part back that was killed", async () => {
    const scheduler = async () => (await clusterStatus(name)).services.find((one) => one.name === "kube-scheduler");
    const old = await scheduler();
    assert.ok(old?.pid);
    process.kill(old.pid, "SIGKILL");
    const fresh = await waitUntil("the scheduler to be back", 30_000, async () => {
      const now = await scheduler();
      return now?.running && now.pid !== undefined && now.pid !== old.pid ? now : undefined;
    });
    assert.equal(fresh.restarts, old.restarts + 1);
  });

  it("gets the forwarder of its gateway back that was killed, alone on its port", async () => {
    const forwarder = async () => (await clusterStatus(name)).services.find((one) => one.name === "gateway-forward");
    const old = await forwarder();
    assert.ok(old?.pid);
    process.kill(old.pid, "SIGKILL");
    await waitUntil("the forwarder to be back", 30_000, async () => {
      const { restarts = 0, running = false } = (await forwarder()) ?? {};
      return running && restarts > old.restarts ? true : undefined;
    });
    await serves(instance, 10_000);
    assert.equal((await forwarder())?.restarts, old.restarts + 1);
  });

  it("runs on where it is asked for a port that another program has", async () => {
    const { pid } = await clusterStatus(name);
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await assert.rejects(clusterUp(name, progress, { gatewayPort: port }), UserError);
    other.close();
    assert.equal((await clusterStatus(name)).pid, pid);
    assert.equal(await gatewayAnswers(instance), 200);
  });

  it("runs beside another one", async () => {
    const other = await clusterUp(beside, progress);
    assert.notEqual(other.nodeIp, instance.nodeIp);
    assert.notEqual(other.gatewayLoopback, instance.gatewayLoopback);
    assert.equal((await clusterStatus(beside)).nodeReady, true);
    assert.equal(await gatewayAnswers(instance), 200);
    await clusterDown(beside, { purge: true }, progress);
    assert.equal((await clusterStatus(beside)).state, "absent");
    assert.equal(await gatewayAnswers(instance), 200);
  });

  it("comes back with its pods after its first process was killed, as by a reboot", async () => {
    const { pid } = await clusterStatus(name);
    assert.ok(pid);
    const lease = join(layoutOf(name).folder, "lease.yaml");
    await writeFile(lease, leaseManifest);
    await kubectl("apply", "-f", lease);
    process.kill(pid, "SIGKILL");
    await waitUntil("the node's end", 30_000, async () =>
      (await clusterStatus(name)).state === "stopped" ? true : undefined,
    );
    assert.deepEqual(await clusterUp(name, progress), instance);
    assert.equal(await kubectl("get", "leases", "--namespace=default", "-o", "name"), "", "whoever had it is gone");
    assert.notEqual(await kubectl("get", "leases", "--namespace=kube-node-lease", "-o", "name"), "");
    await serves(instance, 60_000);
  });

  it("leaves nothing on the host when it is taken down, and its folder only until it is purged", async () => {
    const index = readNetwork(layoutOf(name))?.index ?? -1;
    const up = await hostState(name, index);
    assert.ok(up.processes.length > 0 && up.interfaces.length > 0 && up.rules.length > 0 && up.cgroups.length > 0);
    await clusterDown(name, { purge: false }, progress);
    const nothing = { interfaces: [], mounts: [], rules: [], cgroups: [], processes: [] };
    assert.deepEqual(await hostState(name, index), nothing);
    assert.equal((await clusterStatus(name)).state, "stopped");
    await clusterDown(name, { purge: true }, progress);
    assert.ok(!existsSync(layoutOf(name).folder));
  });
});

/** As a controller writes it that has been elected. */
const leaseManifest = stringify({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "controller", namespace: "default" },
  spec: { holderIdentity: "a pod that is gone", leaseDurationSeconds: 60 },
});

async function serves(instance: Instance, milliseconds: number): Promise<void> {
  await waitUntil("the pod to serve", milliseconds, async () =>
    (await gatewayAnswers(instance)) === 200 ? true : undefined,
  );
}

async function gatewayAnswers(instance: Instance): Promise<number | undefined> {
  return fetch(instance.gatewayLoopback, { signal: AbortSignal.timeout(3000) }).then(
    (response) => response.status,
    () => undefined,
  );
}

/** A web server behind a Service on the node's address and port 80, where the gateway's is too. */
function webManifests(instance: Instance): string {
  const labels = { app: "web" };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            securityContext: { runAsUser: 65532, runAsNonRoot: true },
            containers: [
              {
                name: "web",
                image: instance.baseImages.python,
                command: ["python3", "-m", "http.server", "--directory", "/srv", "8000"],
                readinessProbe: { tcpSocket: { port: 8000 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: labels, externalIPs: [instance.nodeIp], ports: [{ port: 80, targetPort: 8000 }] },
    },
  ]
    .map((object) => stringify(object))
    .join("---\n");
}
