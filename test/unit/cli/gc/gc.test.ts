import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Report } from "../../../../cli/gc/describe.ts";
import { projectRoot } from "../../../../cli/root.ts";
import { Clone } from "../clone.ts";

const namespace = "knflow-dev";
const past = "2026-01-01T00:00:00Z";
const archive = (name: string) => `shop/${name}-${"a".repeat(64)}.zip`;

/** An object as `kubectl get` gives it, with a text that holds a name. */
function clusterObject(kind: string, name: string, holds: string, labels: object = {}, more: object = {}) {
  const facts = { uid: `uid-${name}`, resourceVersion: "7", creationTimestamp: past };
  return { kind, metadata: { name, namespace, ...facts, labels, ...more }, spec: { value: holds } };
}

function revision(name: string, holds: string, routingState: string) {
  return clusterObject("Revision", name, holds, {
    "app.kubernetes.io/managed-by": "knflow",
    "serving.knative.dev/service": "shop-sell",
    "serving.knative.dev/routingState": routingState,
  });
}

/** Runs the command as users do, with a kubectl and a pulumi that answer from files, and the file server's real script. */
describe("knflow gc", function () {
  this.timeout(90_000);
  let clone: Clone;
  const files = (name: string) => join(clone.folder, "files", name);
  const stored = (name: string) => existsSync(files(join("volume", archive(name))));
  const names = ["current", "old", "pod", "ending", "run", "state", "other", "far", "nobody"];

  beforeEach(() => {
    clone = new Clone();
    mkdirSync(files("volume/shop"), { recursive: true });
    for (const name of names) {
      writeFileSync(files(join("volume", archive(name))), "12345");
      utimesSync(files(join("volume", archive(name))), new Date(past), new Date(past));
    }
    writeFileSync(files("volume/shop/fresh-" + "a".repeat(64) + ".zip"), "12345");
    const ofOld = { "serving.knative.dev/revision": "shop-sell-00001" };
    const cluster = [
      clusterObject("Service", "shop-sell", archive("current")),
      revision("shop-sell-00001", archive("old"), "reserve"),
      revision("shop-sell-00002", `${archive("current")} shop-sell-secrets-1`, "active"),
      clusterObject("Pod", "a", archive("pod")),
      clusterObject("Pod", "b", archive("ending"), {}, { deletionTimestamp: past }),
      clusterObject("Pod", "c", archive("old"), ofOld),
      clusterObject("Revision", "far-00001", archive("far"), {}, { namespace: "elsewhere" }),
    ];
    writeFileSync(files("cluster"), cluster.map((object) => `${JSON.stringify(object)}\n`).join(""));
    writeFileSync(files("secrets"), ["1", "2"].map((n) => `shop-sell-secrets-${n} uid-${n} 7 ${past}\n`).join(""));
    writeFileSync(files("runs"), `${archive("run")}\n`);
    for (const stack of ["state", "other"]) {
      writeFileSync(files(stack), JSON.stringify({ deployment: { pending_operations: [{ x: archive(stack) }] } }));
    }
    const outputs = { gatewayUrl: "http://x", namespace, workflows: {} };
    clone.pulumi(`echo '${JSON.stringify(outputs)}'`, undefined, {
      "stack export": `case "$*" in *"--stack dev"*) cat ${files("state")};; *) cat ${files("other")};; esac`,
      "stack ls": `echo '[{"name": "dev"}, {"name": "other"}]'`,
    });
    clone.write("Pulumi.dev.yaml", "config:\n  knflow:context: mine\n  knflow:kubeconfig: ../kubeconfig\n");
    clone.write("../kubeconfig", "contexts: [{name: mine}]\n");
    const script = join(projectRoot, "runtimes/file-server/receive.sh");
    clone.tool(
      "kubectl",
      `case "$*" in version*) echo '{"clientVersion": {"gitVersion": "v1.34.2"}}'; exit;; esac
shift 6
case "$*" in
  "get secrets "*) cat ${files("secrets")};;
  "get deployment "*) cat ${files("keeper")};;
  "get services."*" --all-namespaces "*) cat ${files("cluster")}; . ${files("more")};;
  "exec deploy/run-keeper "*) cat ${files("runs")};;
  "exec deploy/nginx-file-server "*) shift 4; shift; KNFLOW_UPLOADS=${files("volume")} exec sh ${script} "$@";;
  "delete --raw "*) echo "$3 $(cat)" >> ${files("deleted")}; . ${files("delete")};;
  *) echo "unexpected: $*" >&2; exit 64;;
esac`,
    );
    writeFileSync(files("delete"), "");
    writeFileSync(files("more"), "");
    writeFileSync(files("keeper"), "deployment.apps/run-keeper\n");
  });
  afterEach(() => clone.remove());

  const deleted = () => (existsSync(files("deleted")) ? readFileSync(files("deleted"), "utf8") : "");

  function knflow(...args: string[]) {
    return execa(process.execPath, [join(clone.root, "cli", "knflow.js"), "gc", "--keep", "0", ...args], {
      env: clone.environment,
      cwd: clone.root,
      reject: false,
    });
  }

  it("says what it would remove, and changes nothing", async () => {
    const { stdout, stderr, exitCode } = await knflow("--dry-run", "--json");
    assert.deepEqual([stderr, exitCode], ["", 0]);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual(report.removed.map(({ name }) => name).sort(), [
      "shop-sell-00001",
      "shop-sell-secrets-2",
      ...["ending", "nobody", "old"].map(archive),
    ]);
    assert.deepEqual([report.dryRun, report.freedBytes], [true, 15]);
    assert.deepEqual(report.kept.objects, {
      "a Knative Service names it": 1,
      "a Pod names it": 1,
      "an open run names it": 1,
      "the state of stack dev names it": 1,
      "the state of stack other names it": 1,
      "a Revision names it": 1,
      "within the grace period": 1,
    });
    assert.equal(deleted(), "");
    assert.ok(names.every(stored));
  });

  it("removes that, as it was seen, and tells it", async () => {
    const { stdout, stderr, exitCode } = await knflow();
    assert.deepEqual([stderr, exitCode], ["", 0]);
    assert.match(stdout, /^REMOVED +NAME +BYTES +LAST USED +WHY$/m);
    assert.match(stdout, /^object +shop\/nobody-aaaaaaaaaaaa +5 .* ago +nothing names it$/m);
    assert.match(stdout, /^freed 15 bytes on the code volume$/m);
    assert.match(stdout, /^kept 7 objects: /m);
    assert.deepEqual(names.filter(stored), ["current", "pod", "run", "state", "other", "far"]);
    const [first = "", second = ""] = deleted().trim().split("\n");
    assert.match(first, /^\/apis\/serving\.knative\.dev\/v1\/namespaces\/knflow-dev\/revisions\/shop-sell-00001 /);
    assert.match(first, /"preconditions":\{"uid":"uid-shop-sell-00001","resourceVersion":"7"\}/);
    assert.match(second, /^\/api\/v1\/namespaces\/knflow-dev\/secrets\/shop-sell-secrets-2 /);
  });

  it("keeps a Revision that was routed meanwhile, and what it names", async () => {
    writeFileSync(files("delete"), `echo 'Error from server (Conflict): it has been modified' >&2; exit 1\n`);
    const report = JSON.parse((await knflow("--json")).stdout) as Report;
    assert.deepEqual(report.removed.map(({ name }) => name).sort(), ["ending", "nobody"].map(archive));
    assert.ok(stored("old"));
  });

  it("removes nothing from the volume where the runs cannot be asked, and says why", async () => {
    writeFileSync(files("delete"), "");
    clone.tool(
      "cat",
      `case "$1" in *runs) echo 'the run store cannot be reached: refused' >&2; exit 1;; esac; exec /bin/cat "$@"`,
    );
    const { stdout, stderr, exitCode } = await knflow();
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(stderr, /^error: the archives that open runs need .*: the run store cannot be reached: refused/);
    assert.ok(names.every(stored));
  });

  it("removes nothing from the volume where another stack's state cannot be read, unless told that it is dead", async () => {
    clone.tool("cat", `case "$1" in *other) echo 'error: access denied' >&2; exit 1;; esac; exec /bin/cat "$@"`);
    const { stdout, stderr, exitCode } = await knflow();
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(stderr, /^error: the state of stack other cannot be read: access denied$/m);
    assert.match(stderr, /knflow gc --ignore-stack other/);
    assert.ok(names.every(stored));
    assert.equal((await knflow("--ignore-stack", "other")).exitCode, 0);
    assert.deepEqual([stored("other"), stored("state")], [false, true]);
  });

  it("removes nothing from the volume where the stack has a run store and its run keeper is missing", async () => {
    const resources = [{ type: "knflow:platform:RunStore" }];
    writeFileSync(files("state"), JSON.stringify({ deployment: { resources } }));
    writeFileSync(files("keeper"), "");
    const { stderr, exitCode } = await knflow();
    assert.equal(exitCode, 1);
    assert.match(stderr, /run-keeper is missing although the stack has a run store/);
    assert.ok(names.every(stored));
  });

  it("looks at a cluster whose objects are more than fits into a buffer", async () => {
    const big = JSON.stringify(clusterObject("Pod", "big", "x ".repeat(500_000)));
    const read = `i=0; while [ $i -lt 110 ]; do cat ${files("big")}; i=$((i + 1)); done`;
    writeFileSync(files("big"), `${big}\n`);
    writeFileSync(files("more"), read);
    const { stderr, exitCode } = await knflow("--dry-run");
    assert.deepEqual([stderr, exitCode], ["", 0]);
  });

  for (const [args, reason] of [
    [["--grace", "1w"], /It must be a duration such as "30m", "24h" or "7d"/],
    [["--keep", "-1"], /It must be a number from 0 to 9999/],
  ] as const) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { stderr, exitCode } = await knflow(...args);
      assert.equal(exitCode, 2);
      assert.match(stderr, reason);
    });
  }
});
