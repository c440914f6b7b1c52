import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWholeTree } from "../../archive/source-tree.ts";
import { packZip } from "../../archive/zip.ts";
import { UserError } from "../../console/errors.ts";
import { installNode } from "../../dependencies/install-node.ts";
import { installPython } from "../../dependencies/install-python.ts";
import type { DependencyTarget } from "../../dependencies/spec.ts";

describe("third-party packages", () => {
  let folder: string;
  const python = (pythonVersion: string, architecture: DependencyTarget["architecture"]) =>
    ({ pythonVersion, architecture }) as const;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-packages-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  }

  async function emptyTree(): Promise<string> {
    const tree = join(folder, "tree");
    await rm(tree, { recursive: true, force: true });
    await mkdir(tree);
    return tree;
  }

  describe("of Python", () => {
    const before = { ...process.env };
    beforeEach(() => Object.assign(process.env, { PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder }));
    afterEach(() => {
      for (const name of ["PIP_NO_INDEX", "PIP_FIND_LINKS"]) {
        const value = before[name];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });

    /** A wheel of one module, with what it requires. */
    async function wheel(name: string, ...requires: string[]): Promise<void> {
      const metadata = ["Metadata-Version: 2.1", `Name: ${name}`, "Version: 1.0"];
      const info = `${name}-1.0.dist-info`;
      const files = {
        [`${name}.py`]: "",
        [`${info}/METADATA`]: [...metadata, ...requires.map((one) => `Requires-Dist: ${one}`), ""].join("\n"),
        [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        [`${info}/entry_points.txt`]: `[console_scripts]\n${name} = ${name}:main\n`,
        [`${info}/RECORD`]: "",
      };
      const entries = Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text) }));
      await write(`${name}-1.0-py3-none-any.whl`, await packZip(entries));
    }

    it("are those that markers name for the runtime's Python and processor, not for this machine's", async () => {
      await wheel("first", 'newer ; python_version >= "3.13"', 'older ; python_version < "3.13"');
      await wheel("newer", 'arm ; platform_machine == "aarch64"');
      for (const name of ["older", "arm", "intel"]) await wheel(name);
      const lock = await write("requirements.txt", 'first==1.0\nintel==1.0 ; platform_machine == "x86_64"\n');
      const installed = async (target: DependencyTarget) => {
        const tree = await emptyTree();
        await installPython(lock, target, tree, {});
        return (await readdir(tree)).filter((name) => name.endsWith(".py")).sort();
      };
      assert.deepEqual(await installed(python("3.13", "arm64")), ["arm.py", "first.py", "newer.py"]);
      assert.deepEqual(await installed(python("3.12", "amd64")), ["first.py", "intel.py", "older.py"]);
    });

    it("are the same wherever pip lies", async () => {
      await wheel("tool");
      const lock = await write("requirements.txt", "--no-index\n--find-links .\ntool==1.0\n");
      const tree = await emptyTree();
      await installPython(lock, python("3.12", "amd64"), tree, {});
      for (const file of await readWholeTree(tree, "")) {
        assert.doesNotMatch(file.content.toString("latin1"), /\/bin\/python3?\n|\/knflow\/python/, file.path);
        if (file.path === "bin/tool") assert.match(file.content.toString(), /^#!\/usr\/bin\/env python3\n/);
      }
      assert.ok(existsSync(join(tree, "bin", "tool")));
    });

    it("that cannot be had are told with pip's reason", async () => {
      const lock = await write("requirements.txt", "no-such-package==1.0\n");
      await assert.rejects(installPython(lock, python("3.12", "amd64"), await emptyTree(), {}), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /requirements\.txt cannot be installed for Python 3\.12 on amd64[^]*no-such-package/,
        );
        return true;
      });
    });
  });

  describe("of Node.js", () => {
    const description = (rest: object) => JSON.stringify({ name: "function", version: "1.0.0", ...rest });
    const lockOf = (root: object, packages: object = {}) =>
      JSON.stringify({ name: "function", version: "1.0.0", lockfileVersion: 3, packages: { "": root, ...packages } });

    it("may be none", async () => {
      await write("package.json", description({}));
      const lock = await write("package-lock.json", lockOf({ name: "function", version: "1.0.0" }));
      const tree = await emptyTree();
      await installNode(lock, python("3.12", "amd64"), tree, {});
      assert.deepEqual(await readdir(tree), []);
      assert.ok(!existsSync(`${tree}.npm`));
    });

    it("are those of the lock file that is named, whatever its name", async () => {
      await write("package.json", description({}));
      await write("package-lock.json", "another one");
      const lock = await write("package-lock.prod.json", lockOf({ name: "function", version: "1.0.0" }));
      const tree = await emptyTree();
      await installNode(lock, python("3.12", "amd64"), tree, {});
      assert.deepEqual(await readdir(tree), []);
    });

    it("that are a folder of this machine are refused", async () => {
      await write("package.json", description({ dependencies: { other: "file:../other" } }));
      const locked = { "node_modules/other": { resolved: "../other", link: true }, "../other": {} };
      const lock = await write("package-lock.json", lockOf({ name: "function", version: "1.0.0" }, locked));
      await assert.rejects(
        installNode(lock, python("3.12", "amd64"), await emptyTree(), {}),
        /package-lock\.json: other is the folder \.\.\/other; knflow installs what registries have/,
      );
    });

    it("that package.json and its lock file do not agree on are told with what to do, and without npm's help", async () => {
      await write("package.json", description({ dependencies: { other: "file:./other" } }));
      const lock = await write("package-lock.json", lockOf({ name: "function", version: "1.0.0" }));
      await assert.rejects(installNode(lock, python("3.12", "amd64"), await emptyTree(), {}), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /package-lock\.json cannot be installed for Linux on amd64:[^]*are in sync[^]*other/,
        );
        assert.doesNotMatch(error.message, /--install-strategy/);
        return true;
      });
    });
  });

  it("keep their programs as programs", async () => {
    await writeFile(join(folder, "tool"), "#!/bin/sh\n", { mode: 0o755 });
    await write("data", "");
    const files = await readWholeTree(folder, "");
    assert.deepEqual(
      files.map(({ path, executable }) => [path, executable]),
      [
        ["data", false],
        ["tool", true],
      ],
    );
    const zip = await packZip(files);
    // The upper half of an entry's external attributes in the central directory is its mode.
    const modes = ["data", "tool"].map((name) => zip.readUInt16LE(zip.lastIndexOf(name) - 46 + 40) & 0o777);
    assert.deepEqual(modes, [0o644, 0o755]);
  });
});
