import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { cases } from "../../../bench/cases/index.ts";
import { projectRoot } from "../../../cli/root.ts";

const bench = (...args: string[]) =>
  execa(process.execPath, [join(projectRoot, "scripts", "bootstrap.mjs"), "bench", ...args], { reject: false });

describe("npm run bench", function () {
  this.timeout(30_000);

  it("lists its cases by --help, and measures nothing", async () => {
    const { exitCode, stdout } = await bench("--help");
    assert.equal(exitCode, 0);
    for (const { id, title } of cases) assert.ok(stdout.includes(`${id}  ${title}`), id);
  });

  it("refuses a case that there is not, and says which there are", async () => {
    const { exitCode, stderr } = await bench("B4", "B22");
    assert.equal(exitCode, 2);
    assert.match(stderr, /no case "B22"; there are: B1, B2, .*; did you mean "B2"\?/);
  });

  it("refuses a number of rounds that is none", async () => {
    const { exitCode, stderr } = await bench("B4", "--rounds", "0");
    assert.equal(exitCode, 2);
    assert.match(stderr, /'--rounds <number>' argument '0' is invalid. It must be a whole number from 1 to 1000/);
  });

  it("has no two cases of one id", () => {
    assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
  });
});
