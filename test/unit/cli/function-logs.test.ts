import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Clone } from "./clone.ts";

const line = (time: string, msg: string, runId: string) =>
  JSON.stringify({ ts: `2026-01-01T00:00:0${time}.000Z`, level: "info", msg, workflow: "shop", runId, n: 1 });

/** Runs the command as users do, with a kubectl that answers from files: the Pods, and a log for each. */
describe("knflow logs", function () {
  this.timeout(90_000);
  let clone: Clone;

  beforeEach(() => {
    clone = new Clone();
    const service = { url: "http://x", host: "x", digest: "0" };
    const functions = { sell: { ...service, revision: "r", image: "i" } };
    const outputs = { gatewayUrl: "http://x", namespace: "knflow-dev", workflows: { shop: { ...service, functions } } };
    clone.pulumi(`echo '${JSON.stringify(outputs)}'`);
    clone.write("Pulumi.dev.yaml", "config:\n  knflow:context: mine\n  knflow:kubeconfig: ../kubeconfig\n");
    clone.write("../kubeconfig", "contexts: [{name: mine}]\n");
    mkdirSync(files("logs"), { recursive: true });
    writeFileSync(files("pods"), "shop-00001-a   shop   <none>\nshop-sell-00001-b   shop   sell\n");
    writeFileSync(files("logs/shop-00001-a"), `${line("1", "run started", "r1")}\n${line("3", "run ended", "r1")}\n`);
    writeFileSync(files("logs/shop-sell-00001-b"), `${line("2", "call", "r1")}\n${line("4", "call", "r2")}\nplain\n`);
    clone.tool(
      "kubectl",
      `case "$*" in version*) echo '{"clientVersion": {"gitVersion": "v1.34.2"}}'; exit;; esac
echo "$*" >> ${files("calls")}
shift 6
case "$1 $2" in
  "get pods") cat ${files("pods")}; case "$*" in *--watch) exec tail -f -n 0 ${files("more-pods")};; esac;;
  "logs --follow") exec tail -f -n +1 ${files("logs")}/$3;;
  "logs "*) cat ${files("logs")}/$2;;
esac`,
    );
  });
  afterEach(() => clone.remove());

  const files = (name: string) => join(clone.folder, "files", name);

  function knflow(...args: string[]) {
    return execa(process.execPath, [join(clone.root, "cli", "knflow.js"), "logs", ...args], {
      env: clone.environment,
      cwd: clone.root,
      reject: false,
    });
  }

  it("shows the lines of a workflow and its functions in the order of their time, and who wrote each", async () => {
    const { stdout, stderr } = await knflow("shop");
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), [
      "00:00:01.000 shop       run started n=1",
      "00:00:02.000 shop/sell  call n=1",
      "00:00:03.000 shop       run ended n=1",
      "00:00:04.000 shop/sell  call n=1",
      "shop/sell  plain",
    ]);
    const calls = readFileSync(files("calls"), "utf8");
    assert.match(
      calls,
      /^--kubeconfig \.\.\/kubeconfig --context mine --namespace knflow-dev get pods -l knflow\.dev\/workflow=shop /,
    );
    assert.match(calls, /logs shop-sell-00001-b -c user-container --tail=200$/m);
  });

  it("gives the lines of one run alone, and as they are", async () => {
    const { stdout } = await knflow("--run", "r2", "--json");
    assert.equal(stdout, line("4", "call", "r2"));
  });

  it("follows, also Pods that start later, until Ctrl-C", async () => {
    writeFileSync(files("more-pods"), "");
    const child = knflow("shop/sell", "--follow");
    let seen = "";
    const lines = child.stdout.on("data", (data: Buffer) => (seen += data.toString()));
    while (!seen.includes("plain")) await once(lines, "data");
    writeFileSync(files("logs/shop-sell-00002-c"), `${line("5", "from a new Pod", "r3")}\n`);
    writeFileSync(files("more-pods"), "shop-sell-00002-c   shop   sell\n", { flag: "a" });
    while (!seen.includes("from a new Pod")) await once(lines, "data");
    child.kill("SIGINT");
    const { exitCode, stderr } = await child;
    assert.deepEqual([exitCode, stderr], [130, ""]);
  });

  it("names what there is where there is no such function", async () => {
    const { stderr, exitCode } = await knflow("shop/bye");
    assert.deepEqual([stderr, exitCode], [`error: workflow shop has no function "bye"; there is: sell`, 1]);
  });
});
