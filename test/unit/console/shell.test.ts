import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { exportLines, shellQuote } from "../../../console/shell.ts";

/** Any text that an environment variable can hold. */
const value = fc.string({ unit: "binary", maxLength: 60 }).filter((text) => !text.includes("\0"));

describe("lines for a shell", () => {
  it("leaves plain paths readable", () => assert.equal(shellQuote("/a/b-c_d.e:f"), "/a/b-c_d.e:f"));
  it("quotes an empty text", () => assert.equal(shellQuote(""), "''"));

  it("a real sh gives every value back as it was", () => {
    fc.assert(
      fc.property(value, value, (first, second) => {
        const script = `${exportLines({ FIRST: first, SECOND: second }, [])}exec node -e 'process.stdout.write(JSON.stringify([process.env.FIRST, process.env.SECOND]))'`;
        assert.deepEqual(JSON.parse(runShell(script)), [first.toWellFormed(), second.toWellFormed()]);
      }),
      { numRuns: 40 },
    );
  });

  it("a real sh runs nothing that a value holds", () => {
    const nasty = [
      "$(echo run)",
      "`echo run`",
      "'; echo run; '",
      '"; echo run; "',
      "\n echo run \n",
      "\\",
      "'",
      "!!",
      "~",
    ];
    for (const text of nasty) {
      const printed = runShell(`${exportLines({ VALUE: text }, [text.replaceAll(":", "")])}printf %s "$VALUE"`);
      assert.equal(printed, text);
    }
  });

  it("puts folders before what the shell has on PATH, spaces and quotes included", () => {
    const lines = exportLines({}, ["/it's a folder/bin", "/second"]);
    assert.equal(runShell(`PATH=/usr/bin:/bin\n${lines}printf %s "$PATH"`), "/it's a folder/bin:/second:/usr/bin:/bin");
    assert.equal(runShell(`unset PATH\n${lines}printf %s "$PATH"`), "/it's a folder/bin:/second");
  });
});

function runShell(script: string): string {
  return execFileSync("/bin/sh", ["-eu", "-c", script], { encoding: "utf8" });
}
