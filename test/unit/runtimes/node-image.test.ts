import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { recipes } from "../../../components/image-recipes.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const { context, folders } = recipes.node;

describe("the Node.js runtime's image", () => {
  it("has every folder that the runtime imports from, and is made anew with each", async () => {
    const own = join(root, "runtimes/node/src");
    const imported = new Set<string>();
    const visit = async (folder: string): Promise<void> => {
      for (const file of (await readdir(folder)).filter((name) => name.endsWith(".ts"))) {
        const text = await readFile(join(folder, file), "utf8");
        for (const [, path = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
          const found = relative(root, dirname(join(folder, path)));
          if (imported.has(found)) continue;
          imported.add(found);
          await visit(join(root, found));
        }
      }
    };
    await visit(own);
    const others = [...imported].filter((folder) => folder !== relative(root, own)).sort();
    assert.ok(others.length > 0);
    assert.deepEqual([...folders].slice(1).sort(), others);

    const inContext = others.map((folder) => relative(context, folder));
    const dockerfile = await readFile(join(root, "runtimes/node/Dockerfile"), "utf8");
    const copied = [...dockerfile.matchAll(/^COPY (workflow\/\S+) /gm)].map(([, folder]) => folder);
    assert.deepEqual(copied.sort(), inContext);
    const ignored = await readFile(join(root, "runtimes/node/Dockerfile.dockerignore"), "utf8");
    const kept = [...ignored.matchAll(/^!(workflow\/\S+)\/\*\*$/gm)].map(([, folder]) => folder);
    assert.deepEqual(kept.sort(), inContext);
  });
});
