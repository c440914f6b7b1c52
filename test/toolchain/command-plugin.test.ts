import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { createStack, type TestStack } from "./support/stack.ts";

// The behaviour documented for command.local.Command 1.2.1 (the doc comments of @pulumi/command, and
// https://www.pulumi.com/registry/packages/command/api-docs/local/command/), by the real engine and SDK.
describe("the command plugin's stand-in", () => {
  let stack: TestStack;
  const path = (file: string) => join(stack.folder, file);
  const read = async (file: string) => (existsSync(path(file)) ? readFile(path(file), "utf8") : "");
  /** A command that adds a line to the test's file of runs. */
  const note = (text: string) => `echo "${text}" >> runs`;
  const runs = async () => (await read("runs")).trim().split("\n").filter(Boolean);

  beforeEach(async () => {
    stack = await createStack("test");
  });
  afterEach(async () => {
    await stack.remove();
  });

  it("runs create once and gives what it wrote", async () => {
    const program = () => {
      const dir = stack.folder;
      const shell = new local.Command("shell", { create: `printf 'out\\n\\n'; echo err >&2; ${note("create")}`, dir });
      const python = new local.Command("python", { create: "print(1 + 1)", interpreter: ["python3", "-c"] });
      const where = new local.Command("where", { create: "pwd", dir });
      const environment = new local.Command("environment", {
        create: 'echo "$GIVEN ${PATH:+inherited}"',
        environment: { GIVEN: "given" },
      });
      const input = new local.Command("input", { create: "cat", stdin: "from stdin" });
      const nothing = new local.Command("nothing", {});
      return {
        stdout: shell.stdout,
        stderr: shell.stderr,
        python: python.stdout,
        where: where.stdout,
        environment: environment.stdout,
        input: input.stdout,
        nothing: nothing.stdout,
      };
    };
    assert.deepEqual((await stack.preview(program)).operations, Array(6).fill("create"));
    assert.deepEqual(await runs(), [], "preview runs nothing");

    const { outputs } = await stack.up(program);
    assert.deepEqual(outputs, {
      stdout: "out\n",
      stderr: "err",
      python: "2",
      where: stack.folder,
      environment: "given inherited",
      input: "from stdin",
      nothing: "",
    });

    assert.deepEqual((await stack.up(program)).operations, Array(6).fill("same"));
    await stack.refresh();
    assert.deepEqual(await runs(), ["create"]);
  });

  it("runs update, or else create, when an input changed, with the outputs of the run before", async () => {
    const program = (version: string) => () => {
      const dir = stack.folder;
      const environment = { VERSION: version };
      const previous = "$VERSION after [$PULUMI_COMMAND_STDOUT] [$PULUMI_COMMAND_STDERR]";
      const show = "; echo out $VERSION; echo err $VERSION >&2";
      new local.Command("both", {
        create: note("create"),
        update: note(`update ${previous}`) + show,
        dir,
        environment,
      });
      new local.Command("one", { create: note(`one ${previous}`) + show, dir, environment });
      new local.Command("apart", {
        create: note(`apart ${previous}`) + show,
        addPreviousOutputInEnv: false,
        dir,
        environment,
      });
      return undefined;
    };
    await stack.up(program("1"));
    assert.deepEqual((await runs()).sort(), ["apart 1 after [] []", "create", "one 1 after [] []"]);

    const { operations } = await stack.up(program("2"));
    assert.deepEqual(operations, ["update", "update", "update"]);
    assert.deepEqual((await runs()).slice(3).sort(), [
      "apart 2 after [] []",
      "one 2 after [out 1] [err 1]",
      "update 2 after [] []",
    ]);
  });

  it("replaces on a changed trigger, and runs delete with the old inputs", async () => {
    const program = (version: string) => () => {
      new local.Command("command", {
        create: note("create $VERSION"),
        update: note("update $VERSION"),
        delete: note("delete $VERSION"),
        dir: stack.folder,
        environment: { VERSION: version },
        triggers: ["fixed", { version }],
      });
      return undefined;
    };
    await stack.up(program("1"));
    const { operations } = await stack.up(program("2"));
    assert.deepEqual(operations, ["create-replacement", "delete-replaced", "replace"]);
    assert.deepEqual(await runs(), ["create 1", "create 2", "delete 1"]);
  });

  it("runs delete with the inputs and outputs of the last run", async () => {
    await stack.up(() => {
      const dir = stack.folder;
      const environment = { NAME: "given" };
      const gone = "delete $NAME [$PULUMI_COMMAND_STDOUT] [$PULUMI_COMMAND_STDERR]";
      new local.Command("command", { create: "echo out; echo err >&2", delete: note(gone), dir, environment });
      new local.Command("without", { create: note("create"), dir });
      return undefined;
    });
    await stack.destroy();
    assert.deepEqual(await runs(), ["create", "delete given [out] [err]"]);
  });

  it("fails with the output of a command that fails, and keeps what was there before", async () => {
    const program = (create: string, dir: string) => () => {
      new local.Command("command", { create, delete: note("delete"), dir });
      return undefined;
    };
    const failing = "echo reason $((40 + 1)) >&2; echo output $((40 + 2)); exit 3";
    await assert.rejects(stack.up(program(failing, stack.folder)), (error: Error) => {
      assert.match(error.message, /exit status 3: running "echo reason/);
      assert.match(error.message, /reason 41/);
      assert.match(error.message, /output 42/);
      return true;
    });
    await assert.rejects(stack.up(program("true", path("absent"))), /absent: no such file or directory/);
    assert.doesNotMatch(await stack.state(), /command:local:Command/, "a command that failed was not created");

    await stack.up(program("echo good", stack.folder));
    await assert.rejects(stack.up(program(failing, stack.folder)), /exit status 3/);
    assert.match(await stack.state(), /"stdout": ?"good"/);
    await stack.destroy();
    assert.deepEqual(await runs(), ["delete"]);
  });

  it("keeps secrets secret, with what commands make of them", async () => {
    const { outputs, secrets } = await stack.up(() => {
      const password = pulumi.secret("hunter2");
      const command = new local.Command("command", {
        create: 'echo "it is $PASSWORD"',
        environment: { PASSWORD: password },
        logging: "none",
      });
      return { stdout: command.stdout };
    });
    assert.deepEqual(outputs, { stdout: "it is hunter2" });
    assert.deepEqual(secrets, ["stdout"]);
    assert.doesNotMatch(await stack.state(), /hunter2/);
  });

  it("shows the streams that logging names, line by line", async () => {
    const modes = [undefined, "stdout", "stderr", "stdoutAndStderr", "none"] as const;
    const { shown } = await stack.up(() => {
      const create = "echo to stdout; echo to stderr >&2";
      for (const logging of modes) {
        new local.Command(`mode-${logging}`, { create, ...(logging === undefined ? {} : { logging }) });
      }
      return undefined;
    });
    const streams = (text = "") => ["stdout", "stderr"].filter((stream) => text.includes(`to ${stream}`));
    assert.deepEqual(
      modes.map((mode) => streams(shown[`mode-${mode}`])),
      [["stdout", "stderr"], ["stdout"], ["stderr"], ["stdout", "stderr"], []],
    );
  });

  it("collects files as assets and as an archive", async () => {
    await mkdir(path("src/deep"), { recursive: true });
    for (const file of ["src/index.js", "src/secret.js", "src/deep/more.js", "top.txt"])
      await writeFile(path(file), file);
    const { outputs } = await stack.up(() => {
      const command = new local.Command("command", {
        create: "echo made > src/made.js",
        dir: stack.folder,
        assetPaths: ["src/**.js", "!**secret.*"],
        archivePaths: ["src/*.js", "*.txt"],
      });
      const archive = command.archive.apply((one) => (one as pulumi.asset.AssetArchive).assets);
      return {
        assets: command.assets.apply((assets) => Object.keys(assets ?? {}).sort()),
        archive: pulumi.output(archive).apply((assets) => Object.keys(assets).sort()),
      };
    });
    assert.deepEqual(outputs, {
      assets: ["src/deep/more.js", "src/index.js", "src/made.js"],
      archive: ["src/index.js", "src/made.js", "src/secret.js", "top.txt"],
    });
  });

  it("hands outputs on to the next command, and leaves them open in a preview", async () => {
    await appendFile(path("word"), "first");
    const program = (version: string) => () => {
      const dir = stack.folder;
      const one = new local.Command("one", { create: "cat word", dir, environment: { VERSION: version } });
      new local.Command("two", { create: note("two got $WORD"), dir, environment: { WORD: one.stdout } });
      return undefined;
    };
    await stack.up(program("1"));
    await writeFile(path("word"), "second");
    assert.deepEqual((await stack.preview(program("2"))).operations, ["update", "update"]);
    await stack.up(program("2"));
    assert.deepEqual(await runs(), ["two got first", "two got second"]);
  });
});
