import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { buildFailure, buildTool, builtTool, cacheKey } from "../../../cluster/toolchain/go-build.ts";
import { ensureTools } from "../../../cluster/toolchain/index.ts";
import { toolOf, type Tool } from "../../../cluster/toolchain/tools.ts";
import { UserError } from "../../../console/errors.ts";
import { inSandbox, quietProgress, script } from "./support.ts";

const clusterFolder = resolve(import.meta.dirname, "..", "..", "..", "cluster");

async function toolIn(folder: string): Promise<Tool> {
  await mkdir(join(folder, "module"));
  await writeFile(join(folder, "module", "go.mod"), "module m\n");
  return {
    name: "crane",
    version: "1.2.3",
    module: relative(clusterFolder, join(folder, "module")),
    binaries: { crane: "example.org/crane" },
    minutes: 1,
  };
}

/** A stand-in for go: `go build` runs the lines, with the output file as $out. */
const fakeGo = (folder: string, version: string, ...build: string[]) =>
  script(
    join(folder, "bin", "go"),
    `[ "$1 $2" = "env GOVERSION" ] && echo ${version} && exit`,
    `[ "$1" = env ] && echo '{"GOCACHE":"${folder}/gocache","GOMODCACHE":"${folder}/mod"}' && exit`,
    'while [ "$1" != -o ]; do shift; done; out=$2',
    `echo built >> ${folder}/builds`,
    ...build,
  );

const failsWith = (text: RegExp) => (error: Error) => {
  assert.ok(error instanceof UserError, String(error));
  assert.match(error.message, text);
  return true;
};

describe("building a tool", () => {
  it("names the cache entry by the version and everything that goes into the build", () =>
    inSandbox(async (folder) => {
      const tool = await toolIn(folder);
      const key = await cacheKey(tool);
      assert.match(key, /^crane-1\.2\.3-[0-9a-f]{12}$/);
      assert.equal(await cacheKey(tool), key);
      assert.notEqual(await cacheKey({ ...tool, variables: { "main.version": "1" } }), key);
      assert.equal(await cacheKey({ ...tool, minutes: 9 }), key, "what is only told does not count");
      await writeFile(join(folder, "module", "go.mod"), "module other\n");
      assert.notEqual(await cacheKey(tool), key);
    }));

  it("builds once and is found from then on", () =>
    inSandbox(async (folder) => {
      const tool = await toolIn(folder);
      await fakeGo(folder, "go1.24.0", "sleep 0.3; echo binary > $out");
      assert.equal(await builtTool(tool), undefined);
      const [progress, other] = [quietProgress(folder), quietProgress(join(folder, "bin"))];
      const folders = await Promise.all([buildTool(tool, progress), buildTool(tool, other)]);
      assert.equal(folders[0], folders[1]);
      assert.equal(await builtTool(tool), folders[0]);
      assert.equal(await readFile(join(folders[0], "crane"), "utf8"), "binary\n");
      assert.equal(await readFile(join(folder, "builds"), "utf8"), "built\n");
    }));

  it("puts a tool into the folder for PATH where many ask at the same time", () =>
    inSandbox(async (folder) => {
      const built = join(folder, "cache", "knflow", "toolchain", await cacheKey(toolOf("crane")), "bin", "crane");
      await script(built, "echo crane");
      const asked = Array.from({ length: 20 }, () => ensureTools(["crane"], quietProgress(folder)));
      const [first] = await Promise.all(asked);
      assert.equal(first?.path("crane"), built);
      assert.deepEqual(await readdir(first.binDir), ["crane"]);
    }));

  it("counts no interrupted or failed build as done, and starts such a one anew", () =>
    inSandbox(async (folder) => {
      const tool = await toolIn(folder);
      await fakeGo(folder, "go1.24.0", "echo half > $out; echo 'x.go:1: syntax error' >&2; exit 1");
      await assert.rejects(
        buildTool(tool, quietProgress(folder)),
        failsWith(/^crane 1\.2\.3 cannot be built; .*step-1/),
      );
      assert.equal(await builtTool(tool), undefined);
      assert.equal(await readFile(join(folder, "step-1.log"), "utf8"), "x.go:1: syntax error\n");

      await fakeGo(folder, "go1.24.0", '[ -e "$out" ] && exit 9; echo whole > $out');
      const bin = await buildTool(tool, quietProgress(folder));
      assert.deepEqual(await readdir(join(bin, "..")), ["bin"]);
      assert.ok(!existsSync(`${join(bin, "..")}.partial`));
    }));

  it("says what to do where Go is not there or too old", () =>
    inSandbox(async (folder) => {
      const tool = await toolIn(folder);
      const build = () => buildTool(tool, quietProgress(folder));
      await mkdir(join(folder, "bin"));
      if (!existsSync("/usr/bin/go")) await assert.rejects(build(), failsWith(/Go is not on PATH.*1\.24 or later/));
      await fakeGo(folder, "go1.21.9");
      await assert.rejects(build(), failsWith(/Go 1\.21\.9 is too old.*1\.24 or later/));
    }));

  it("tells a refused download, an old Go and a full disk from an error in the code", () => {
    const tool = { name: "crane", version: "1.2.3" } as const;
    const told = (output: string) => buildFailure(tool, `go: downloading a v1\n${output}\n`, "/the/log");
    assert.match(
      told('go: m@v1: Get "https://proxy.example/m/@v/v1.zip": dial tcp: lookup proxy.example: no such host'),
      /cannot be downloaded: go: m@v1.*proxy\.example.*no such host; check .*GOPROXY/,
    );
    assert.match(told("go: m@v1: reading https://proxy.example/m/@v/v1.mod: 404 Not Found"), /404 Not Found; check/);
    assert.match(
      told("go: go.mod requires go >= 1.26.8 (running go 1.24.0; GOTOOLCHAIN=local)"),
      /install Go 1\.26\.8 or later.*GOTOOLCHAIN=auto/,
    );
    assert.match(told("write /x: no space left on device"), /disk is full/);
    assert.match(told("main.go:3: undefined: Get"), /the compiler's words are above and in \/the\/log$/);
  });
});
