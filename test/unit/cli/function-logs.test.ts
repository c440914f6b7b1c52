import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
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
    for (const folder of ["logs", "refusals"]) mkdirSync(files(folder), { recursive: true });
    writeFileSync(files("more-pods"), "");
    writeFileSync(files("pods"), "shop-00001-a   shop   <none>\nshop-sell-00001-b   shop   sell\n");
    writeFileSync(files("logs/shop-00001-a"), `${line("1", "run started", "r1")}\n${line("3", "run ended", "r1")}\n`);
    writeFileSync(files("logs/shop-sell-00001-b"), `${line("2", "call", "r1")}\n${line("4", "call", "r2")}\nplain\n`);
    clone.tool(
      "kubectl",
      `case "$*" in version*) echo '{"clientVersion": {"gitVersion": "v1.34.2"}}'; exit;; esac
echo "$*" >> ${files("calls")}
shift 6
case "$1 $2" in
  "get pods") cat ${files("pods")}; 
    case "$*" in *--watch)
      if [ -e ${files("watch-ends")} ]; then rm ${files("watch-ends")}; exit 0; fi
      exec tail -f -n 0 ${files("more-pods")};;
    esac;;
  "logs "*) for pod in "$2" "$3"; do
    if [ -e ${files("refusals")}/$pod ]; then cat ${files("refusals")}/$pod >&2; exit 1; fi
  done;;
esac
case "$1 $2" in
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

  /** Reads a stream until a text was there. @returns gives all that was read by then */
  function reader(stream: Readable): (text: string) => Promise<string> {
    let seen = "";
    stream.on("data", (data: Buffer) => (seen += data.toString()));
    return async (text) => {
      while (!seen.includes(text)) await once(stream, "data");
      return seen;
    };
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
    // Other runs may have written more than the last lines of a Pod.
    assert.match(readFileSync(files("calls"), "utf8"), /logs shop-sell-00001-b -c user-container --tail=-1$/m);
    await knflow("--run", "r2", "--tail", "7");
    assert.match(readFileSync(files("calls"), "utf8"), /logs shop-sell-00001-b -c user-container --tail=7$/m);
  });

  it("says so where no line is of that run", async () => {
    const { stdout, stderr, exitCode } = await knflow("--run", "r3");
    assert.deepEqual([stdout, exitCode], ["", 0]);
    assert.match(stderr, /^there are no lines of run r3 in the Pods that there are\./);
  });

  it("fails with what kubectl says where logs cannot be read, and shows the others", async () => {
    const refusal = `Error from server (Forbidden): pods "shop-00001-a" is forbidden: User "me" cannot get resource "pods/log"`;
    writeFileSync(files("refusals/shop-00001-a"), `${refusal}\n`);
    const { stdout, stderr, exitCode } = await knflow("shop");
    assert.deepEqual([stderr, exitCode], [`error: the cluster cannot be asked: ${refusal}`, 1]);
    assert.match(stdout, /shop\/sell  plain$/);
    const followed = await knflow("shop", "--follow");
    assert.deepEqual([followed.stderr, followed.exitCode], [`error: the cluster cannot be asked: ${refusal}`, 1]);
  });

  it("passes over Pods that wait to start, or have gone meanwhile", async () => {
    const waits = `Error from server (BadRequest): container "user-container" in pod "shop-00001-a" is waiting to start: ContainerCreating`;
    writeFileSync(files("refusals/shop-00001-a"), `${waits}\n`);
    writeFileSync(
      files("refusals/shop-sell-00001-b"),
      'Error from server (NotFound): pods "shop-sell-00001-b" not found\n',
    );
    const { stdout, stderr, exitCode } = await knflow("shop");
    assert.deepEqual([stdout, exitCode], ["", 0]);
    assert.match(stderr, /^there are no lines: /);
  });

  it("goes on following where the API server has ended the watch", async () => {
    writeFileSync(files("watch-ends"), "");
    const child = knflow("shop/sell", "--follow");
    const until = reader(child.stdout);
    await until("plain");
    // The next watch lists it.
    writeFileSync(files("logs/shop-sell-00002-c"), `${line("5", "from a new Pod", "r3")}\n`);
    writeFileSync(files("pods"), "shop-sell-00002-c   shop   sell\n", { flag: "a" });
    const seen = await until("from a new Pod");
    assert.equal(seen.split("plain").length, 2, "what is followed already is not shown again");
    child.kill("SIGINT");
    assert.equal((await child).exitCode, 130);
  });

  it("follows, also Pods that start later, until Ctrl-C", async () => {
    const child = knflow("shop/sell", "--follow");
    const until = reader(child.stdout);
    await until("plain");
    writeFileSync(files("logs/shop-sell-00002-c"), `${line("5", "from a new Pod", "r3")}\n`);
    writeFileSync(files("more-pods"), "shop-sell-00002-c   shop   sell\n", { flag: "a" });
    await until("from a new Pod");
    child.kill("SIGINT");
    const { exitCode, stderr } = await child;
    assert.deepEqual([exitCode, stderr], [130, ""]);
  });

  it("names what there is where there is no such function", async () => {
    const { stderr, exitCode } = await knflow("shop/bye");
    assert.deepEqual([stderr, exitCode], [`error: workflow shop has no function "bye"; there is: sell`, 1]);
  });
});
