import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killTree } from "../e2e/process-tree.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { createProgram, type TestProgram } from "./support/program.ts";

const text = `
import { getCompileCacheDir } from "node:module";
import { local } from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

const text: Input<string> = new local.Command("command", { create: "echo made", triggers: [1] }).stdout;
const provider = new k8s.Provider("provider", { renderYamlToDirectory: "rendered" });
const map = new k8s.core.v1.ConfigMap("map", { metadata: { name: "map", namespace: "test" }, data: { text } }, { provider });
export const name = map.metadata.name;
export const stdout = text;
export const compiler = process.env.PULUMI_NODEJS_TYPESCRIPT === "true" ? "ts-node" : "none";
export const isCached = getCompileCacheDir() !== undefined;
`;

// The versions of CLI, language host, SDK and plugins are not released together: this shows that they work together.
describe("the toolchain", () => {
  let program: TestProgram;
  before(async () => {
    program = await createProgram(text);
  });
  after(() => program.remove());

  it("deploys a program in TypeScript that Node runs itself, without a warning", async () => {
    await program.pulumi(["stack", "init", "test"]);
    const created = await program.pulumi(["up", "--yes", "--skip-preview"]);
    assert.match(created, /\+ 4 created/);
    const again = await program.pulumi(["up", "--yes"]);
    assert.match(again, /4 unchanged/);
    assert.deepEqual(JSON.parse(await program.pulumi(["stack", "output", "--json"])), {
      ...{ name: "map", stdout: "made" },
      // The options in Pulumi.yaml are heeded.
      ...{ compiler: "none", isCached: true },
    });
    const destroyed = await program.pulumi(["destroy", "--yes", "--skip-preview"]);
    for (const output of [created, again, destroyed]) assert.doesNotMatch(output, /warning|experimental/i);
  });

  it("says why where the Node on PATH runs no TypeScript", async () => {
    const text = await program.failing(["preview", "--stack", "test"], {
      NODE_OPTIONS: "--no-experimental-strip-types",
    });
    assert.match(text, /Node \d+\.\d+\.\d+ is told to run no TypeScript.*NODE_OPTIONS/);
    assert.doesNotMatch(text, /ERR_UNKNOWN_FILE_EXTENSION|unhandled exception/);
  });

  it("ends a program whose engine was killed, which would go on with a processor and ever more memory", async () => {
    // What it has to say comes to the SDK just before that closes its connections, as it does after an error.
    const late = await createProgram(`
      import { existsSync, writeFileSync } from "node:fs";
      import { setTimeout as pause } from "node:timers/promises";
      import { log, runtime } from "@pulumi/pulumi";
      writeFileSync("pid", String(process.pid));
      while (!existsSync("killed")) await pause(20);
      void log.error("the connection is lost");
      runtime.disconnectSync();
      await pause(3_600_000);
    `);
    const file = (name: string) => join(late.folder, name);
    const pid = () => Number(existsSync(file("pid")) && readFileSync(file("pid"), "utf8"));
    let engine: ChildProcess | undefined;
    try {
      await late.pulumi(["stack", "init", "test"]);
      engine = late.start(["preview"]);
      const ended = once(engine, "close");
      await waitFor("the program", () => pid() > 0 || undefined);
      engine.kill("SIGKILL");
      for (const stream of [engine.stdout, engine.stderr]) stream?.destroy();
      await ended;
      writeFileSync(file("killed"), "");
      await waitFor("the program's end", () => hasEnded(pid()) || undefined);
    } finally {
      for (const left of [engine?.pid, pid()]) if (left) await killTree(left);
      await late.remove();
    }
  });
});

/** Also where nobody has asked yet how it ended. */
function hasEnded(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/\(.*\)/, ""));
  } catch {
    return true;
  }
}
