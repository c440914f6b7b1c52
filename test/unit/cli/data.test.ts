import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import fc from "fast-check";
import { openData, parseDataSource } from "../../../cli/invoke/data.ts";
import { UserError } from "../../../console/errors.ts";

describe("the data of invoke", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "knflow-data-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is any JSON text, passed on as it was typed", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        assert.deepEqual(parseDataSource(json), { json });
      }),
    );
  });

  it("is standard input or a file, also one of any name", () => {
    assert.equal(parseDataSource("@-"), "stdin");
    assert.deepEqual(parseDataSource("@-x"), { file: "-x" });
    assert.deepEqual(parseDataSource("@@a b.json"), { file: "@a b.json" });
  });

  for (const text of ["", "{", "hello", "{'a': 1}", "input.json"]) {
    it(`${JSON.stringify(text)} is refused, with what is allowed`, () => {
      assert.throws(
        () => parseDataSource(text),
        (error) => error instanceof UserError && /@<file>, or @- /.test(error.message),
      );
    });
  }

  it("a file is passed on byte for byte", async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    writeFileSync(join(folder, "input"), bytes);
    const body = (await openData({ file: join(folder, "input") })) as Readable;
    assert.ok(bytes.equals(await buffer(body)));
  });

  it("a missing file and a folder are refused by name", async () => {
    const none = join(folder, "none");
    await assert.rejects(
      openData({ file: none }),
      new UserError(`${none} (--data) cannot be read: no such file or directory`),
    );
    await assert.rejects(
      openData({ file: folder }),
      (error) => error instanceof UserError && /is a folder/.test(error.message),
    );
  });
});
