import assert from "node:assert/strict";
import { logExcerpt } from "../../../commands/log-excerpt.ts";

describe("the excerpt of a function's log", () => {
  const line = (fields: object) => JSON.stringify({ ts: "2026-01-01T00:00:00.000Z", level: "error", ...fields });

  it("has the messages of structured lines, and other lines as they are", () => {
    const log = `${line({ msg: "starting" })}\nplain print\n\n{ no json\n`;
    assert.equal(logExcerpt(log, "ValueError"), "starting\nplain print\n{ no json");
  });

  it("has the stack trace, and does not repeat the reason", () => {
    const stack = 'Traceback (most recent call last):\n  File "main.py", line 1\nValueError: no\n';
    const log = line({ msg: "cannot load: ValueError: no (main.py:1)", error: { trace: stack } });
    assert.equal(logExcerpt(log, "ValueError: no (main.py:1)"), stack.trimEnd());
  });

  it("shows control characters as text", () => {
    const log = `${line({ msg: "a\x1b[2J", error: { trace: "b\x9d0;c\x07" } })}\n\x1b]0;d\x07\te\r\n`;
    assert.equal(logExcerpt(log, "gone"), "a\\x1b[2J\nb\\x9d0;c\\x07\n\\x1b]0;d\\x07\te\\x0d");
  });

  it("is empty where the log says nothing more", () => {
    assert.equal(logExcerpt(`${line({ msg: "cannot load: gone", error: {} })}\n`, "gone"), "");
  });
});
