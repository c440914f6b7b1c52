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

  it("is empty without rows", () => assert.equal(table([]), ""));
});
