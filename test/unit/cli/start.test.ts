import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { shellQuote } from "../../../console/shell.ts";
import { Clone } from "./clone.ts";

/** The main job on a cluster of the user's, with a pulumi that only tells and a gateway that counts for wordcount. */
describe("knflow start", function () {
  this.timeout(90_000);
  let clone: Clone;
  let gateway: Server;
  let outputs: string;

  before(async () => {
    clone = new Clone();
    clone.write("Pulumi.dev.yaml", "config:\n  knflow:context: mine\n");
    clone.write("functions/wordcount/examples/input.json", '{"text": "to be or not to be"}');
    gateway = createServer((request, response) => {
      request
        .resume()
        .on("end", () => response.end('{"counts": {"to": 2, "be": 2, "or": 1}, "total": 5, "distinct": 3}'));
    }).listen(0, "127.0.0.1");
    await once(gateway, "listening");
    const gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const wordcount = { url: "http://wordcount.test", host: "wordcount.test", digest: "0", functions: {} };
    outputs = `echo ${shellQuote(JSON.stringify({ gatewayUrl, namespace: "knflow-dev", workflows: { wordcount } }))}`;
  });
  after(() => {
    gateway.closeAllConnections();
    gateway.close();
    clone.remove();
  });

  const start = (environment: Record<string, string> = {}) =>
    execa(process.execPath, [join(clone.root, "cli", "knflow.js"), "start"], {
      env: { ...clone.environment, CI: "1", KNFLOW_INSTALL_MILLISECONDS: undefined, ...environment },
      reject: false,
    });

  /** Shell words that write engine events. */
  const events = (...all: object[]) =>
    all.map((event) => `printf '%s\\n' ${shellQuote(JSON.stringify(event))} >> "$events"`).join("; ");

  /** The log of `pulumi up` of the last run. */
  function lastLog(): string {
    const logs = join(clone.state, "knflow", "logs");
    const run = join(logs, readdirSync(logs).sort().at(-1) ?? "");
    return readFileSync(join(run, readdirSync(run).find((file) => file.endsWith("pulumi-up.log")) ?? ""), "utf8");
  }

  it("deploys, calls the example and says what came out, what changed and what to do next", async () => {
    clone.pulumi(
      outputs,
      `echo "Updating (dev):"; ${events({ summaryEvent: { resourceChanges: { create: 12, same: 1 } } })}`,
    );
    const { stdout, stderr, exitCode } = await start();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^wordcount: 5 words, 3 different ones/m);
    assert.match(stdout, /^ {2}pulumi up {7}\d.* {2}12 created$/m);
    assert.match(stdout, /^Next$/m);
    assert.match(stderr, /^✔ \[4\/4\] call wordcount \(/m);
    assert.equal(lastLog(), "Updating (dev):\n");
  });

  it("says so where nothing changed", async () => {
    clone.pulumi(outputs, events({ summaryEvent: { resourceChanges: { same: 13 } } }));
    assert.match((await start()).stdout, /^ {2}pulumi up {7}\d.* {2}no changes$/m);
  });

  it("counts the installation of the npm dependencies that went before", async () => {
    clone.pulumi(outputs, events({ summaryEvent: { resourceChanges: { same: 13 } } }));
    const { stdout } = await start({ KNFLOW_INSTALL_MILLISECONDS: "3600000" });
    assert.match(stdout, /^ {2}npm dependencies {2}1h 00m\b.*\n(.*\n)+? {2}all +1h 00m\b/m);
  });

  it("shows pulumi's own diagnostics where the update fails", async () => {
    const urn = "urn:pulumi:dev::knflow::kubernetes:serving.knative.dev/v1:Service::wordcount-split";
    const message = "<{%fg 1%}>main.py:3: SyntaxError<{%reset%}>\n";
    const failing = events({ diagnosticEvent: { severity: "error", urn, message, color: "never" } });
    clone.pulumi(outputs, `${failing}; echo "error: update failed" >&2; exit 255`);
    const { stdout, stderr, exitCode } = await start();
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(
      stderr,
      /│ kubernetes:serving\.knative\.dev\/v1:Service \(wordcount-split\):\n {2}│ {3}error: main\.py:3: SyntaxError\n {2}└ log: /,
    );
    assert.match(stderr, /^error: pulumi up of stack dev failed; the reason stands above$/m);
    assert.doesNotMatch(stderr, /^ +at /m);
  });

  it("says what frees a stack that a killed pulumi left locked", async () => {
    clone.pulumi(
      outputs,
      `echo "warning: old" >&2; echo "error: the stack is currently locked by 1 lock(s)" >&2; exit 255`,
    );
    const { stderr, exitCode } = await start();
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^error: pulumi up failed: the stack is currently locked by 1 lock\(s\)\nIf no pulumi runs any more .*knflow env --stack dev\)" && pulumi cancel --yes --stack dev$/m,
    );
  });

  it("interrupts pulumi once and waits for its end", async () => {
    // A shell alone would wait for its child first; the child's end is what it is told of.
    const waits = `trap 'echo told >&2; exit 255' INT; echo begun > ${shellQuote(join(clone.folder, "begun"))}; while :; do sleep 0.1; done`;
    clone.pulumi(outputs, waits);
    const running = start();
    await untilExists(join(clone.folder, "begun"));
    running.kill("SIGINT");
    const { stderr, exitCode } = await running;
    assert.equal(exitCode, 130);
    assert.match(stderr, /^error: interrupted; the same command goes on where this one stopped$/m);
    assert.equal(lastLog(), "told\n");
  });
});

async function untilExists(file: string): Promise<void> {
  for (let tries = 0; !existsSync(file); tries += 1) {
    assert.ok(tries < 400, `${file} never came`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
