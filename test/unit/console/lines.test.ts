import assert from "node:assert/strict";
import { Readable } from "node:stream";
import fc from "fast-check";
import { linesOf, onLine } from "../../../console/lines.ts";

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe("the lines of a stream", () => {
  async function both(chunks: readonly Buffer[]): Promise<string[]> {
    const lines = await all(linesOf(Readable.from(chunks, { objectMode: false })));
    const told: string[] = [];
    const stream = Readable.from(chunks, { objectMode: false });
    onLine(stream, (line) => told.push(line));
    await new Promise((resolve) => stream.once("close", resolve));
    assert.deepEqual(told, lines);
    return lines;
  }

  it("end with a line feed, and nowhere within JSON", async () => {
    const text = JSON.stringify({ text: "a\u2028b\u2029c\u0085d\re\r\n" });
    assert.deepEqual(await both([Buffer.from(`${text}\r\n\nlast`)]), [text, "", "last"]);
    assert.deepEqual(await both([]), []);
  });

  it("are the same however the stream is cut", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("a", "\u2028", "\u{1f600}", "é") })),
        fc.array(fc.nat({ max: 9 })),
        async (lines, cuts) => {
          let rest = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          const chunks = cuts.map((length) => {
            const chunk = rest.subarray(0, length);
            rest = rest.subarray(length);
            return chunk;
          });
          assert.deepEqual(await both([...chunks, rest].filter(({ length }) => length > 0)), lines);
        },
      ),
    ));

  it("of a stream that is cut off are those that came", async () => {
    const stream = new Readable({ read: () => undefined });
    stream.push("one\ntw");
    const lines = linesOf(stream);
    assert.deepEqual(await lines.next(), { done: false, value: "one" });
    stream.destroy();
    assert.deepEqual(await all(lines), ["tw"]);
  });
});
