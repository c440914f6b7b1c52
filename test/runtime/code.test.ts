import assert from "node:assert/strict";
import { execa } from "execa";
import { codeChecks } from "./support/checks.ts";
import { shared } from "./support/setup.ts";

describe("the code of runtimes and functions", () => {
  it("has nothing that mypy, ruff or gixy object to", async function () {
    this.timeout(120_000); // mypy's first run reads the standard library
    for (const { name, command, folder } of await codeChecks(shared().python)) {
      const result = await execa(...command, { cwd: folder, all: true, reject: false });
      assert.equal(result.exitCode, 0, `${name}:\n${result.all}`);
    }
  });
});
