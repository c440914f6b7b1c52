import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Clone } from "./clone.ts";

describe("knflow env", function () {
  this.timeout(90_000);
  let clone: Clone;
  before(() => {
    clone = new Clone();
    clone.pulumi("exit 1");
    clone.write("Pulumi.dev.yaml", "config:\n  knflow:embedded: mine\n");
    clone.write("Pulumi.prod.yaml", "config:\n  knflow:context: prod\n");
    clone.write("Pulumi.gone.yaml", "config:\n  knflow:embedded: gone\n");
    clone.write(
      "../state/knflow/clusters/mine/instance.json",
      JSON.stringify({ name: "mine", kubeconfig: "/it's mine/kubeconfig", buildxConfig: "/it's mine/buildx" }),
    );
  });
  after(() => clone.remove());

  const command = () => `"${process.execPath}" "${join(clone.root, "cli/knflow.js")}" env`;

  function shell(script: string, environment: Record<string, string> = {}) {
    return execa("/bin/sh", ["-euc", script], { env: { ...clone.environment, ...environment }, reject: false });
  }

  it("sets a real shell up for the embedded cluster of the stack", async () => {
    const show = 'printf "%s\\n" "$KUBECONFIG" "$BUILDX_CONFIG" "$PULUMI_BACKEND_URL" "<$PULUMI_CONFIG_PASSPHRASE>"';
    const { stdout, stderr } = await shell(
      `unset PULUMI_CONFIG_PASSPHRASE; eval "$(${command()})"; ${show}; command -v node`,
    );
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), [
      "/it's mine/kubeconfig",
      "/it's mine/buildx",
      `file://${clone.state}/knflow/clusters/mine/pulumi`,
      "<>",
      join(clone.root, "node_modules/.bin/node"),
    ]);
    assert.ok(existsSync(join(clone.state, "knflow/clusters/mine/pulumi")), "the backend's folder is there");
  });

  it("works again in a shell that is set up already", async () => {
    const { stdout } = await shell(`first=$(${command()}); eval "$first"; test "$(${command()})" != "" && echo fine`);
    assert.equal(stdout, "fine");
  });

  it("leaves kubeconfig, backend and passphrase to the user where the stack is for another cluster", async () => {
    const { stdout } = await shell(`${command()} --stack prod`);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.replace(/=.*/, "")),
      ["export PATH", "export PULUMI_SKIP_UPDATE_CHECK"],
    );
  });

  it("says how to bring the cluster up where it is not there, and prints no line", async () => {
    const { stdout, stderr, exitCode } = await shell(`${command()} --stack gone`);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(stderr, /^error: the embedded cluster "gone", .*npx knflow cluster up --name gone/);
  });

  it("prints one export a line and nothing else", async () => {
    const { stdout } = await shell(command());
    for (const line of stdout.split("\n")) assert.match(line, /^export [A-Z_]+=/);
  });
});
