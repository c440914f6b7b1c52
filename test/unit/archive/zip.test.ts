import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { buildArchive, describeArchive } from "../../../archive/code-object.ts";
import { pathProblem, readSourceTree } from "../../../archive/source-tree.ts";
import { packZip, sha256 } from "../../../archive/zip.ts";

const run = promisify(execFile);

describe("archive", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-archive-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(path: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    await chmod(join(folder, path), mode);
  }

  it("holds the same bytes whatever the times, modes and order of creation", async () => {
    await write("main.py", "x = 1\n");
    await write("lib/util.py", "y = 2\n");
    const first = await buildArchive({ folder });
    await rm(folder, { recursive: true });
    await write("lib/util.py", "y = 2\n", 0o600);
    await write("main.py", "x = 1\n", 0o755);
    await utimes(join(folder, "main.py"), 1, 1);
    assert.equal(sha256(await buildArchive({ folder })), sha256(first));
  });

  it("holds the same bytes in every time zone", async () => {
    await write("main.py", "x = 1\n");
    const program = `import { describeArchive } from "./archive/code-object.ts";
      console.log((await describeArchive("w", "f", { folder: process.argv[1] })).sha256);`;
    const digests = await Promise.all(
      ["UTC", "Asia/Tokyo", "America/New_York"].map(
        async (TZ) =>
          (await run(process.execPath, ["--input-type=module", "-e", program, folder], { env: { ...process.env, TZ } }))
            .stdout,
      ),
    );
    assert.equal(new Set(digests).size, 1);
  });

  it("is named by its content", async () => {
    await write("main.py", "x = 1\n");
    const before = await describeArchive("wordcount", "count", { folder });
    assert.equal(before.object, `wordcount/count-${before.sha256}.zip`);
    assert.match(before.sha256, /^[0-9a-f]{64}$/);
    await write("main.py", "x = 2\n");
    assert.notEqual((await describeArchive("wordcount", "count", { folder })).sha256, before.sha256);
  });

  it("is read by Python's zipfile with the same files and contents", async () => {
    const script =
      "import sys,zipfile,json\nfor name in sys.argv[1:]:\n z=zipfile.ZipFile(name)\n print(json.dumps({n:z.read(n).hex() for n in z.namelist()}))";
    const tree = fc.dictionary(fc.stringMatching(/^[a-zé語]{1,8}(\/[a-z]{1,8}){0,2}$/), fc.string({ unit: "binary" }), {
      minKeys: 1,
      maxKeys: 5,
    });
    await fc.assert(
      // Ten trees for each start of Python.
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 10, size: "max" }), async (trees) => {
        const lists = trees.map((files) =>
          Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text) })),
        );
        const names = lists.map((_, index) => join(folder, `${index}.zip`));
        for (const [index, list] of lists.entries()) await writeFile(names[index] ?? "", await packZip(list));
        const { stdout } = await run("python3", ["-c", script, ...names]);
        const expected = lists.map((list) =>
          Object.fromEntries(list.map(({ path, content }) => [path, content.toString("hex")])),
        );
        const read = stdout.trim().split("\n");
        assert.deepEqual(
          read.map((line) => JSON.parse(line) as unknown),
          expected,
        );
      }),
      { numRuns: 5 },
    );
  });

  it("leaves out settings, what tools leave behind, and what .knflowignore names", async () => {
    for (const path of [
      "main.py",
      "function.yaml",
      "lib/function.yaml",
      "data/big.csv",
      "data/keep.txt",
      "__pycache__/main.pyc",
      ".git/HEAD",
      ".env",
      ".env.production",
      "lib/.env.local",
      ".netrc",
      ".npmrc",
      ".pypirc",
      "node_modules/x/i.js",
    ]) {
      await write(path, "x");
    }
    await write(".env.example", "x");
    await write(".knflowignore", "*.csv\n!.env.example\n");
    assert.deepEqual(
      (await readSourceTree(folder)).map((file) => file.path),
      [".env.example", "data/keep.txt", "lib/function.yaml", "main.py"],
    );
  });

  it("leaves out what editors put beside a file that is edited, links too", async () => {
    for (const path of ["main.py", "main.py~", ".main.py.swp", "#main.py#", "lib/#util.py#"]) await write(path, "x");
    await symlink("me@machine.1234:1700000000", join(folder, ".#main.py"));
    assert.deepEqual(
      (await readSourceTree(folder)).map((file) => file.path),
      ["main.py"],
    );
  });

  it("is read while files and folders come and go", async () => {
    await write("main.py", "x");
    let ended = false;
    const editing = (async () => {
      for (let turn = 0; !ended; turn++) {
        await write("4913", "x");
        await rename(join(folder, "4913"), join(folder, "main.py.new"));
        await rm(join(folder, "main.py.new"));
        await write(`lib/deep/${turn}.py`, "x");
        await rm(join(folder, "lib"), { recursive: true });
      }
    })();
    for (let turn = 0; turn < 300; turn++) {
      const paths = (await readSourceTree(folder)).map((file) => file.path);
      assert.ok(paths.includes("main.py"), paths.join());
    }
    ended = true;
    await editing;
  });

  it("is sorted by bytes, not by locale", async () => {
    for (const path of ["b.py", "B.txt", "a/z.py", "a.py", "é.py"]) await write(path, "x");
    assert.deepEqual(
      (await readSourceTree(folder)).map((file) => file.path),
      ["B.txt", "a.py", "a/z.py", "b.py", "é.py"],
    );
  });

  it("refuses symbolic links, empty folders and names that differ in case alone", async () => {
    await assert.rejects(readSourceTree(folder), /has no files to deploy/);
    await write("main.py", "x");
    await symlink("/etc/passwd", join(folder, "link"));
    await assert.rejects(readSourceTree(folder), /link is a symbolic link; an archive holds only plain files/);
    await rm(join(folder, "link"));
    await write("MAIN.py", "x");
    await assert.rejects(readSourceTree(folder), /are one name where upper and lower case are not told apart/);
  });

  it("accepts no path that leads out of its folder", () => {
    for (const path of [
      "../a",
      "a/../b",
      "/a",
      "a//b",
      "./a",
      "a\\b",
      "C:x",
      "a\nb",
      "a\u0000b",
      "x".repeat(1025),
      "ü".repeat(128),
    ]) {
      assert.notEqual(pathProblem(path), undefined, JSON.stringify(path));
    }
    assert.equal(pathProblem("lib/ünï/main.py"), undefined);
  });
});
