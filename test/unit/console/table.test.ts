import assert from "node:assert/strict";
import { table } from "../../../console/table.ts";

describe("table", () => {
  it("aligns columns, numbers to the right, without spaces at the ends of lines", () => {
    const rows = [
      ["WORD", "TIMES", ""],
      ["the", "1,312", ""],
      ["knflow", "7", "rare"],
    ];
    assert.equal(table(rows, "  "), "  WORD    TIMES\n  the     1,312\n  knflow      7  rare\n");
  });

  it("aligns by what is seen of coloured cells", () => {
    const red = "\x1b[31mno\x1b[39m";
    assert.equal(
      table([
        ["ready", "b"],
        [red, "b"],
      ]),
      `ready  b\n${red}     b\n`,
    );
  });

  it("is empty without rows", () => assert.equal(table([]), ""));
});
