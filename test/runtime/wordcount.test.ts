import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { packZip } from "../../archive/zip.ts";
import { readSourceTree } from "../../archive/source-tree.ts";
import { putArchive, python, RuntimeProcess } from "./support/runtime.ts";

const folder = join(import.meta.dirname, "../../functions/wordcount");

interface Counted {
  readonly counts: Record<string, number>;
  readonly total: number;
  readonly distinct: number;
}

describe("the example's functions", () => {
  const functions = new Map<string, RuntimeProcess>();

  before(async () => {
    for (const name of ["split", "count", "merge"]) {
      const object = await putArchive(await packZip(await readSourceTree(join(folder, name))), name);
      functions.set(name, await RuntimeProcess.start(python, object, { env: { KNFLOW_LOG_LEVEL: "warn" } }));
    }
  });

  after(async () => {
    for (const runtime of functions.values()) await runtime.stop();
  });

  async function call<T>(name: string, event: unknown): Promise<T> {
    const reply = await functions.get(name)?.call(event);
    assert.equal(reply?.status, 200, reply?.text);
    return reply.json as T;
  }

  /** What the workflow does, without the workflow. */
  async function wordcount(input: { text: string; chunks?: number }): Promise<Counted> {
    const { parts } = await call<{ parts: string[] }>("split", input);
    assert.equal(parts.join(""), input.text, "nothing is lost or added");
    return call("merge", { parts: await Promise.all(parts.map((text) => call("count", { text }))) });
  }

  /** The rule of functions/wordcount/README.md, written down once more. */
  function countedHere(text: string): Counted {
    const words = [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word.toLowerCase());
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return { counts: Object.fromEntries(counts), total: words.length, distinct: counts.size };
  }

  it("count the example as its expected output says", async () => {
    const input = JSON.parse(await readFile(join(folder, "examples/input.json"), "utf8")) as { text: string };
    const expected: unknown = JSON.parse(await readFile(join(folder, "examples/output.json"), "utf8"));
    assert.deepEqual(await wordcount(input), expected);
    assert.deepEqual(countedHere(input.text), expected);
  });

  it("count any text alike, however it is cut", async () => {
    const letters = fc.constantFrom(
      ..."aAzZßẞİıſΣσςéĀдЯ中の٣²Ⅳ½ǅ",
      "e\u0301",
      "😀",
      "𝔘",
      "'",
      "-",
      "_",
      " ",
      "\n",
      "\u00a0",
      "\u2028",
    );
    const text = fc.array(letters, { maxLength: 60 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (text, chunks) => {
        assert.deepEqual(await wordcount({ text, chunks }), countedHere(text));
      }),
      { numRuns: 100 },
    );
  });

  it("cut into as many parts as asked for, about equal ones, never inside a word", async () => {
    const text = "eins zwei drei vier fünf ".repeat(100);
    const { parts } = await call<{ parts: string[] }>("split", { text, chunks: 7 });
    assert.equal(parts.length, 7);
    for (const part of parts) assert.ok(part.length >= 300 && part.length <= 370, String(part.length));
    const one = await call<{ parts: string[] }>("split", { text: "x".repeat(1000), chunks: 10 });
    assert.deepEqual(one.parts, ["x".repeat(1000)]);
  });

  it("count 1 MB of text", async () => {
    const input = JSON.parse(await readFile(join(folder, "examples/input.json"), "utf8")) as { text: string };
    const text = input.text.repeat(Math.ceil(1_000_000 / input.text.length));
    assert.deepEqual(await wordcount({ text }), countedHere(text));
  });

  for (const [name, event, reason] of [
    ["split", {}, /"text" must be a string/],
    ["split", { text: "x", chunks: 0 }, /"chunks" must be a whole number from 1 to 1000/],
    ["split", { text: "x", chunks: true }, /"chunks" must be/],
    ["count", { text: 5 }, /"text" must be a string/],
    ["merge", { parts: {} }, /"parts" must be a list of counts/],
    ["merge", { parts: [["a"]] }, /"parts" must be a list of counts/],
  ] as const) {
    it(`${name} refuses ${JSON.stringify(event)}`, async () => {
      const reply = await functions.get(name)?.call(event);
      assert.equal(reply?.status, 500);
      const { error } = reply.json as { error: Record<string, string> };
      assert.equal(error.exception, "ValueError");
      assert.match(error.message ?? "", reason);
    });
  }
});
