import assert from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";
import { whyNoTypeScript } from "../../../scripts/pinned-node.mjs";

const projectRoot = resolve(import.meta.dirname, "..", "..", "..");

const program = `
import { createRequire } from "node:module";
import { types } from "node:util";
import { runtime } from "@pulumi/pulumi";
const { cache } = createRequire(import.meta.url);
const files = () => Object.keys(cache).filter((file) => /\\/(typescript|@npmcli|pacote)\\//.test(file));
const held = () => files().filter((file) => types.isProxy(cache[file].exports)).map((file) => file.split("/").at(-1));
const before = [files().length, held()];
const { text } = await runtime.serializeFunction(() => 40 + 2);
console.log(JSON.stringify({ before, after: held(), text: text.includes("40 + 2") }));
`;

describe("what the program's process loads first", () => {
  for (const version of ["20.19.0", "22.17.1", "23.5.0"]) {
    it(`says of Node ${version} that it is too old, and what to do`, () => {
      assert.match(whyNoTypeScript(version), /22\.18 or later, but the one on PATH is \d+\.\d+\.\d: run .*knflow env/);
    });
  }

  for (const version of ["22.18.0", "23.6.0", "24.1.0"]) {
    it(`says of Node ${version} what keeps it from TypeScript`, () => {
      assert.match(whyNoTypeScript(version), /is told to run no TypeScript.*NODE_OPTIONS/);
    });
  }

  it("keeps the compiler of TypeScript and npm's installer back until they are used", async () => {
    const args = ["--import", "./scripts/preload.mjs", "--input-type=module", "-e", program];
    const { stdout } = await execa(process.execPath, args, { cwd: projectRoot });
    // Of each nothing but what stands in its place, until something of it is used.
    assert.deepEqual(JSON.parse(stdout), {
      before: [2, ["index.js", "typescript.js"]],
      after: ["index.js"],
      text: true,
    });
  });
});
