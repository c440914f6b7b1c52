import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { createProgress } from "../../../console/progress.ts";

const fixture = join(import.meta.dirname, "progress.fixture.ts");

describe("progress", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "knflow-progress-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A progress on a pipe, and what it printed so far. */
  function onPipe() {
    const stream = new PassThrough();
    let printed = "";
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    const progress = createProgress({
      logDir: join(folder, "logs"),
      stream: stream as unknown as NodeJS.WriteStream,
    });
    return { progress, lines: () => printed.trimEnd().split("\n") };
  }

  it("gives what the work gives, and tells start and end with the time", async () => {
    const { progress, lines } = onPipe();
    assert.equal(await progress.run("build etcd 3.6.5", () => Promise.resolve(42)), 42);
    assert.equal(lines()[0], "▸ build etcd 3.6.5");
    assert.match(lines()[1] ?? "", /^✔ build etcd 3\.6\.5 \(0\.\ds\)$/);
  });

  it("gives every step a log of its own that is there and empty at its start", async () => {
    const { progress } = onPipe();
    const logs: string[] = [];
    for (const title of ["build etcd 3.6.5", "Ünïcode / only", "   "]) {
      await progress.run(title, (step) => {
        assert.equal(readFileSync(step.log, "utf8"), "");
        logs.push(step.log.slice(folder.length));
        return Promise.resolve();
      });
    }
    assert.deepEqual(logs, ["/logs/01-build-etcd-3.6.5.log", "/logs/02-n-code-only.log", "/logs/03-step.log"]);
  });

  it("makes no folder before the first step", () => {
    onPipe();
    assert.equal(existsSync(join(folder, "logs")), false);
  });

  it("counts the steps inside a step apart from those around it", async () => {
    const { progress, lines } = onPipe();
    progress.plan(2);
    await progress.run("outer", async () => {
      progress.plan(3);
      await progress.run("inner", () => Promise.resolve());
    });
    await progress.run("second", () => Promise.resolve());
    await progress.run("one more than planned", () => Promise.resolve());
    const started = lines().filter((line) => line.includes("▸"));
    assert.deepEqual(started, ["▸ [1/2] outer", "  ▸ [1/3] inner", "▸ [2/2] second", "▸ one more than planned"]);
  });

  it("shows the end of a failed step's log once, with the path, and passes the error on", async () => {
    const { progress, lines } = onPipe();
    const error = new Error("boom");
    let log = "";
    const run = progress.run("outer", () =>
      progress.run("inner", (step) => {
        log = step.log;
        for (let line = 1; line <= 30; line += 1) appendFileSync(log, `line ${line}\n`);
        return Promise.reject(error);
      }),
    );
    await assert.rejects(run, (thrown) => thrown === error);
    const printed = lines();
    assert.equal(printed.filter((line) => line.includes("line 30")).length, 1);
    assert.ok(!printed.some((line) => line.includes("│ line 10")));
    assert.ok(printed.some((line) => line.includes("│ line 11")));
    assert.ok(printed.some((line) => line.endsWith(`log: ${log}`)));
    assert.match(printed.at(-1) ?? "", /^✗ outer/);
  });

  it("off a terminal: prints lines alone, says that long steps still run, and no control codes", async () => {
    const { stdout, stderr } = await execa("node", [fixture, folder], { env: { TERM: "xterm-256color", CI: "" } });
    assert.equal(stdout, "");
    assert.equal(stripVTControlCharacters(stderr), stderr);
    assert.match(stderr, /^ {2}… \[2\/2\] build coredns: 0\.\ds: compiling coredns \(log: .*\.log\)$/m);
    assert.doesNotMatch(stderr, /… \[1\/2\] toolchain/, "a step is not reported beside the steps inside it");
    assert.match(stderr, /^ {2}│ line 30$/m);
    assert.match(stderr, /^error: boom$/m);
  });

  /** Runs the fixture on a real terminal (util-linux script) and gives all that was written to it. */
  async function onTerminal(env: NodeJS.ProcessEnv): Promise<string> {
    const command = `node ${fixture} ${folder}`;
    const { stdout } = await execa("script", ["-qec", command, "/dev/null"], {
      env: { TERM: "xterm-256color", CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env },
    });
    return stdout;
  }

  it("on a terminal: redraws running steps, keeps finished ones below the step around them", async () => {
    const written = await onTerminal({});
    assert.ok(written.includes("\u001b[2K"), "redraws");
    assert.ok(written.includes("\u001b[32m✔"), "colours");
    const kept = stripVTControlCharacters(written)
      .split(/\r?\n|\r/)
      .map((line) => line.trimEnd());
    const etcd = kept.findIndex((line) => /^ {2}✔ \[1\/2\] build etcd/.test(line));
    assert.equal(kept[etcd - 1], "▸ [1/2] toolchain");
    assert.ok(kept.some((line) => /\[2\/2\] build coredns 0\.\ds compiling coredns$/.test(line)));
    assert.ok(kept.includes("  │ line 30"));
  });

  it("on a terminal with NO_COLOR: redraws without colours", async () => {
    const written = await onTerminal({ NO_COLOR: "1" });
    assert.ok(written.includes("\u001b[2K"));
    assert.doesNotMatch(written, /\u001b\[[0-9;]*m/);
  });

  for (const env of [{ CI: "true" }, { TERM: "dumb" }]) {
    it(`on a terminal with ${JSON.stringify(env)}: plain lines`, async () => {
      const written = await onTerminal(env);
      assert.equal(stripVTControlCharacters(written), written);
    });
  }
});
