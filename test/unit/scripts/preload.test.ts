import assert from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";

const projectRoot = resolve(import.meta.dirname, "..", "..", "..");

const program = `
import { createRequire, Module } from "node:module";
import { runtime } from "@pulumi/pulumi";
const { cache } = createRequire(import.meta.url);
const loaded = () =>
  Object.keys(cache).filter((file) => /\\/(typescript|@npmcli|pacote)\\//.test(file) && cache[file] instanceof Module).length;
const before = loaded();
const { text } = await runtime.serializeFunction(() => 40 + 2);
console.log(JSON.stringify({ before, after: loaded() > 0, text: text.includes("40 + 2") }));
`;

describe("what the program's process loads first", () => {
  it("keeps the compiler of TypeScript and npm's installer back until they are used", async () => {
    const args = ["--import", "./scripts/preload.mjs", "--input-type=module", "-e", program];
    const { stdout } = await execa(process.execPath, args, { cwd: projectRoot });
    assert.deepEqual(JSON.parse(stdout), { before: 0, after: true, text: true });
  });
});
