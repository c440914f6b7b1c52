import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { Clone } from "./clone.ts";

describe("knflow cluster logs", () => {
  let clone: Clone;
  before(() => {
    clone = new Clone();
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index + 1}\n`).join("");
    clone.write("../state/knflow/clusters/dev/logs/kubelet/current", lines);
    clone.write("../state/knflow/clusters/dev/logs/etcd/current", "etcd runs\n");
    clone.write("../state/knflow/clusters/dev/logs/node.log", "the node starts\n");
    // More than a pipe holds, and a log that cannot be read.
    clone.write("../state/knflow/clusters/odd/logs/long/current", "a long line\n".repeat(50_000));
    clone.write("../state/knflow/clusters/odd/logs/folder/current/file", "");
  });
  after(() => clone.remove());

  const knflow = (...args: string[]) =>
    execa(process.execPath, [join(clone.root, "cli", "knflow.js"), "cluster", "logs", ...args], {
      env: clone.environment,
      reject: false,
    });

  it("names the services where none is given", async () => {
    assert.equal((await knflow()).stdout, "etcd\nkubelet\nnode");
  });

  it("prints the end of a service's log", async () => {
    assert.equal((await knflow("kubelet", "--lines", "2")).stdout, "line 299\nline 300");
    assert.equal((await knflow("kubelet")).stdout.split("\n").length, 200);
    assert.equal((await knflow("node")).stdout, "the node starts");
  });

  it("writes JSON on request: the list of services, and an object for each line", async () => {
    assert.deepEqual(JSON.parse((await knflow("--json")).stdout), ["etcd", "kubelet", "node"]);
    const { stdout } = await knflow("kubelet", "--lines", "2", "--json");
    assert.deepEqual(
      stdout.split("\n").map((line) => JSON.parse(line) as unknown),
      ["line 299", "line 300"].map((line) => ({ service: "kubelet", line })),
    );
  });

  it("follows a log until it is ended", async () => {
    const following = knflow("etcd", "--follow");
    await new Promise((resolve) => following.stdout.once("data", resolve));
    following.kill("SIGINT");
    const { stdout, exitCode } = await following;
    assert.deepEqual([stdout, exitCode], ["etcd runs", 130]);
  });

  for (const [more, first] of [
    ["", "a long line"],
    ["--json", '{"service":"long","line":"a long line"}'],
  ] as const) {
    it(`ends quietly where its reader has seen enough ${more}`, async () => {
      const command = `"${process.execPath}" "${join(clone.root, "cli", "knflow.js")}" cluster logs long`;
      const script = `{ ${command} --name odd --lines 50000 ${more}; echo "exit code $?" >&2; } | head -n 1`;
      const { stdout, stderr } = await execa("/bin/sh", ["-c", script], { env: clone.environment });
      assert.deepEqual([stdout, stderr], [first, "exit code 0"]);
    });

    it(`says so where a log cannot be read ${more}`, async () => {
      const { stderr, exitCode } = await knflow("folder", "--name", "odd", ...more.split(" ").filter(Boolean));
      assert.equal(exitCode, 1);
      assert.match(stderr, /Is a directory\nerror: the log cannot be shown: .*exit code 1: tail .*folder\/current/);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }

  it("refuses an unknown service and an unknown instance with what there is", async () => {
    const service = await knflow("kubelte");
    assert.match(service.stderr, /^error: .*"kubelte".*; it has: etcd, kubelet, node$/);
    assert.equal(service.exitCode, 1);
    const instance = await knflow("kubelet", "--name", "other");
    assert.match(instance.stderr, /^error: .*"other".*knflow cluster up --name other$/);
    assert.equal(instance.exitCode, 1);
  });
});
