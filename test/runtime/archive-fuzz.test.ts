import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { pathProblem } from "../../archive/source-tree.ts";
import { packZip } from "../../archive/zip.ts";
import { ArchiveError, folded, Tree } from "../../runtimes/workflow/src/archive/names.ts";
import { unpackFiles } from "../../runtimes/workflow/src/archive/unpack.ts";
import { tell } from "../../scripts/evidence.ts";
import { damagedZip, foldingNames, rawArchive, sourceFiles } from "./support/any-archive.ts";
import { pythonRuntime } from "./support/python.ts";
import { shared } from "./support/setup.ts";
import { Unpacker, type Unpacked } from "./support/unpacker.ts";

describe("archives: one verdict", () => {
  let unpackers: Unpacker[];

  before(async () => {
    unpackers = await Promise.all(["python", "node"].map((language) => Unpacker.start(language)));
  });
  after(() => Promise.all(unpackers.map((unpacker) => unpacker.stop())));

  /** What all readers make of an archive; fails where one differs. Nothing of a refused one is in place. */
  async function verdict(zip: Buffer): Promise<"accepted" | "refused"> {
    const results = await Promise.all(unpackers.map((unpacker) => unpacker.unpack(zip)));
    try {
      const said = results.map(({ error }) => error);
      for (const { error, kind, folder } of results) {
        assert.ok(error === null || kind === "ArchiveError", `${kind}: ${error}`);
        if (error !== null) assert.equal(existsSync(folder), false, "nothing is in place");
      }
      const executor = refusalOfExecutor(zip);
      const accepted = [...said, executor].map((error) => error === null);
      assert.equal(
        new Set(accepted).size,
        1,
        `Python, Node.js and the executor say: ${JSON.stringify([...said, executor])}`,
      );
      if (executor !== null) return "refused";
      const [python, node] = results.map(treeOf);
      assert.deepEqual(python, node);
      for (const [path, file] of Object.entries(node ?? {})) {
        if (file.content !== null) assert.deepEqual(unpackFiles(zip, (name) => name === path).get(path), file.content);
      }
      return "accepted";
    } finally {
      for (const { folder } of results) {
        for (const path of [folder, `${folder}.partial`, `${folder}.zip`])
          rmSync(path, { recursive: true, force: true });
      }
    }
  }

  /** Runs the property, and tells how many archives were accepted and refused. */
  async function compare(
    what: string,
    archives: fc.Arbitrary<Buffer | Promise<Buffer>>,
    numRuns: number,
  ): Promise<void> {
    const count = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(archives, async (made) => {
        count[await verdict(await made)]++;
      }),
      { numRuns, includeErrorInReport: true },
    );
    const text = `${shown(numRuns)} ${what}: the same verdict by Python, Node.js and the executor (${shown(count.accepted)} accepted, with the same files; ${shown(count.refused)} refused)`;
    tell("S4", text);
    tell("S2", text);
    assert.ok(count.accepted > numRuns / 50 && count.refused > numRuns / 50, text);
  }

  it("on archives made by hand, with any names, modes, fields and lies", () =>
    compare("archives made by hand", rawArchive, 3000));

  it("on damaged archives of the packer", () => compare("damaged archives of the packer", damagedZip, 2000));

  it("on whatever the packer takes: accepted", async () => {
    let packed = 0;
    await fc.assert(
      fc.asyncProperty(sourceFiles, async (files) => {
        fc.pre(files.every(({ path }) => pathProblem(path) === undefined) && isTree(files.map(({ path }) => path)));
        assert.equal(await verdict(await packZip(files)), "accepted");
        packed++;
      }),
      { numRuns: 200, includeErrorInReport: true },
    );
    tell("S4", `${packed} trees packed: accepted by Python, Node.js and the executor`);
  });

  it("on whether two names differ, of every letter of Unicode", async () => {
    // Letters that one of them would take for another: one pair an archive, so that each verdict counts.
    const pairs = foldingNames();
    const differ = await differingInPython(pairs);
    pairs.forEach(([one, other], index) => {
      assert.equal(folded(one) !== folded(other), differ[index], JSON.stringify([one, other]));
    });
    tell("S4", `${shown(pairs.length)} pairs of names that may differ in case or composition only: the same verdict`);
  });
});

const shown = (count: number) => count.toLocaleString("en");

function refusalOfExecutor(zip: Buffer): string | null {
  try {
    unpackFiles(zip, () => true);
    return null;
  } catch (error) {
    assert.ok(error instanceof ArchiveError, String(error));
    return error.message;
  }
}

function isTree(paths: readonly string[]): boolean {
  const tree = new Tree();
  try {
    for (const path of paths) tree.add(path);
    return true;
  } catch {
    return false;
  }
}

interface UnpackedFile {
  /** null: a folder. */
  readonly content: Buffer | null;
  readonly mode: string;
}

function treeOf({ folder }: Unpacked): Record<string, UnpackedFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry): [string, UnpackedFile] => {
    const path = join(entry.parentPath, entry.name);
    assert.ok(entry.isFile() || entry.isDirectory(), path);
    const mode = (lstatSync(path).mode & 0o7777).toString(8);
    return [relative(folder, path), { content: entry.isFile() ? readFileSync(path) : null, mode }];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function differingInPython(pairs: readonly (readonly [string, string])[]): Promise<boolean[]> {
  const program = `
import json, sys
from knflow_runtime.zip_names import _folded
print(json.dumps([_folded(one) != _folded(other) for one, other in json.load(sys.stdin)]))`;
  const { stdout } = await execa(shared().python.python, ["-S", "-c", program], {
    env: { PYTHONPATH: pythonRuntime, PYTHONDONTWRITEBYTECODE: "1" },
    input: JSON.stringify(pairs),
  });
  return JSON.parse(stdout) as boolean[];
}
