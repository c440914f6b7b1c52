import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { projectRoot } from "../../../cli/root.ts";

/** What stands for cli/knflow.js: tells how it was started, then does as its first argument says. */
const program = `
const [, , command, behaviour] = process.argv;
if (behaviour === "wait") {
  process.on("SIGTERM", () => process.exit(9));
  setInterval(() => {}, 1000);
}
console.log(JSON.stringify({ command, args: process.argv.slice(3), node: process.env.PINNED }));
if (behaviour === "fail") process.exit(7);
if (behaviour === "die") process.kill(process.pid, "SIGKILL");
`;

describe("npm start and npm test in a clone", function () {
  this.timeout(60_000);
  let clone: string;
  let state: string;

  /** A clone with one dependency, a local package that brings the pinned Node and complains about the running one. */
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "knflow-clone-"));
    state = join(clone, ".state");
    cpSync(join(projectRoot, "scripts"), join(clone, "scripts"), { recursive: true });
    mkdirSync(join(clone, "cli"));
    writeFileSync(join(clone, "cli", "knflow.js"), program);
    mkdirSync(join(clone, "pinned"));
    writeFileSync(join(clone, "pinned", "node"), `#!/bin/sh\nPINNED=yes exec ${process.execPath} "$@"\n`, {
      mode: 0o755,
    });
    writeJson("pinned/package.json", {
      name: "pinned",
      version: "1.0.0",
      bin: { node: "node" },
      engines: { node: ">=99" },
    });
    writeLock("1.0.0");
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  function writeJson(file: string, content: object) {
    writeFileSync(join(clone, file), JSON.stringify(content));
  }

  function writeLock(version: string) {
    const manifest = { name: "clone", version, type: "module", dependencies: { pinned: "file:pinned" } };
    writeJson("package.json", manifest);
    const pinned = { version, bin: { node: "node" }, engines: { node: ">=99" } };
    writeJson("package-lock.json", {
      ...{ name: "clone", version, lockfileVersion: 3, requires: true },
      packages: { "": manifest, "node_modules/pinned": { resolved: "pinned", link: true }, pinned },
    });
  }

  function bootstrap(args: string[], { nodeArgs = [], ...options }: Options & { nodeArgs?: string[] } = {}) {
    return execa(process.execPath, [...nodeArgs, join(clone, "scripts", "bootstrap.mjs"), ...args], {
      env: { XDG_STATE_HOME: state, CI: "true" },
      reject: false,
      ...options,
    });
  }

  const installs = () => {
    try {
      return readdirSync(join(state, "knflow", "logs")).length;
    } catch {
      return 0;
    }
  };

  it("install what is missing, then run the program by the pinned Node with its arguments", async () => {
    const { stdout, stderr, exitCode } = await bootstrap(["start", "", "a b"]);
    assert.deepEqual(JSON.parse(String(stdout)), { command: "start", args: ["", "a b"], node: "yes" });
    assert.match(String(stderr), /^▸ install npm dependencies\n✔ install npm dependencies \(\d+\.\ds\)$/);
    assert.equal(exitCode, 0);
  });

  it("keep npm's warnings about the running Node in the log", async () => {
    const { stderr } = await bootstrap(["start"]);
    assert.doesNotMatch(String(stderr), /EBADENGINE/);
    const [log = ""] = readdirSync(join(state, "knflow", "logs"));
    assert.match(readFileSync(join(state, "knflow", "logs", log), "utf8"), /EBADENGINE/);
  });

  it("install nothing the second time", async () => {
    await bootstrap(["start"]);
    const { stderr } = await bootstrap(["start"]);
    assert.equal(stderr, "");
    assert.equal(installs(), 1);
  });

  it("install again after the lock file changed, and after an install that was cut short", async () => {
    await bootstrap(["start"]);
    writeLock("1.0.1");
    await bootstrap(["start"]);
    assert.equal(installs(), 2);
    rmSync(join(clone, "node_modules", ".package-lock.json"));
    assert.equal((await bootstrap(["start"])).exitCode, 0);
    assert.equal(installs(), 3);
  });

  it("install once for two callers at the same time", async () => {
    const both = await Promise.all([bootstrap(["start"]), bootstrap(["start"])]);
    assert.deepEqual(
      both.map(({ exitCode }) => exitCode),
      [0, 0],
    );
    assert.equal(installs(), 1);
  });

  it("say that they wait where another process installs", async () => {
    const other = execa("flock", [clone, "sh", "-c", "echo held; read -r end"]);
    await new Promise((resolve) => other.stdout.once("data", resolve));
    const waiting = bootstrap(["start"]);
    waiting.stderr?.once("data", () => other.stdin.end("end\n"));
    const { stderr, exitCode } = await waiting;
    assert.match(String(stderr), /^… another process is installing the dependencies in this clone: waiting for it\n/);
    assert.equal(exitCode, 0);
    await other;
  });

  it("fail with the end of npm's log where it cannot install", async () => {
    writeJson("package.json", {
      name: "clone",
      version: "1.0.0",
      dependencies: { pinned: "file:pinned", other: "1.0.0" },
    });
    const { stdout, stderr, exitCode } = await bootstrap(["start"]);
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    assert.match(String(stderr), /│ .*other@1\.0\.0/);
    assert.match(String(stderr), /└ log: .*\nerror: "npm ci" failed \(exit 1\).*$/);
  });

  it("pass exit codes and signals through", async () => {
    assert.equal((await bootstrap(["start", "fail"])).exitCode, 7);
    assert.equal((await bootstrap(["start", "die"])).signal, "SIGKILL");
    const waiting = bootstrap(["start", "wait"]);
    await new Promise((resolve) => waiting.stdout?.once("data", resolve));
    waiting.kill("SIGTERM");
    assert.equal((await waiting).exitCode, 9);
  });

  it("refuse a Node that is too old, in one sentence", async () => {
    const old = `Object.defineProperty(process, "versions", { value: { node: "18.20.4" } });
      Object.defineProperty(process, "version", { value: "v18.20.4" });`;
    const { stderr, exitCode } = await bootstrap(["start"], {
      nodeArgs: ["--import", `data:text/javascript,${encodeURIComponent(old)}`],
    });
    assert.equal(exitCode, 1);
    assert.match(String(stderr), /^error: Node 20 or later is needed, this is v18\.20\.4\. Install .*$/);
  });

  it("say so where no Node that runs TypeScript is to be had", async () => {
    await bootstrap(["start"]);
    rmSync(join(clone, "node_modules", ".bin", "node"));
    const { stderr, exitCode } = await bootstrap(["start"], { nodeArgs: ["--no-strip-types"] });
    assert.equal(exitCode, 1);
    assert.match(String(stderr), /^error: no Node that runs TypeScript: .* Install Node 24 .*$/);
  });

  it("the command itself says how to install where nothing is", async () => {
    cpSync(join(projectRoot, "cli", "knflow.js"), join(clone, "cli", "knflow.js"));
    const { stderr, exitCode } = await execa(process.execPath, [join(clone, "cli", "knflow.js"), "env"], {
      reject: false,
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: knflow's dependencies are not installed in .*; run "npm ci" there/);
  });

  it("the command goes on with the pinned Node where the running one is too old", async () => {
    await bootstrap(["start"]);
    cpSync(join(projectRoot, "cli", "knflow.js"), join(clone, "cli", "knflow.js"));
    writeFileSync(
      join(clone, "cli", "main.ts"),
      "export const main = (args: string[]): void => console.log(args, process.env.PINNED);",
    );
    symlinkSync(join("..", "cli", "knflow.js"), join(clone, "scripts", "knflow"));
    const command = [join(clone, "scripts", "knflow"), "env", "--json"];
    const { stdout } = await execa(process.execPath, ["--no-strip-types", ...command]);
    assert.equal(stdout, "[ 'env', '--json' ] yes");
  });
});
