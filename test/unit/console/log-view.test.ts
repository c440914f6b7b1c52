import assert from "node:assert/strict";
import fc from "fast-check";
import { createLogView } from "../../../console/log-view.ts";

describe("the view of logs", () => {
  const view = createLogView(["shop"], false);
  const line = (fields: object) =>
    JSON.stringify({ ts: "2026-01-01T00:00:00.000Z", level: "info", msg: "", ...fields });

  it("shows control characters of requests as text, so that they do nothing to the terminal", () => {
    const shown = view("shop", line({ msg: "call", input: "\x1b]0;owned\x07\x1b[2J", list: ["\x9b2J"] }));
    assert.equal(shown, '00:00:00.000 shop  call input=\\x1b]0;owned\\x07\\x1b[2J list=["\\x9b2J"]');
    assert.equal(view("shop", "plain\x1b[2J\r"), "shop  plain\\x1b[2J\\x0d");
  });

  it("cuts long inputs and outputs, and says how long they are", () => {
    const shown = view("shop", line({ msg: "call", input: "é".repeat(300), short: "x".repeat(200) }));
    assert.equal(shown, `00:00:00.000 shop  call input=${"é".repeat(200)}… (300 characters) short=${"x".repeat(200)}`);
    const problem = { detail: "x".repeat(300) };
    assert.match(view("shop", line({ msg: "run faulted", problem })), /"x{300}"/, "what is wrong is shown whole");
  });

  it("lets no control character through, wherever it stands", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\x1b", "[", "\x07", "\x9b", "\x7f", "\r", "\b") });
    const written = fc.oneof(
      text,
      fc
        .record({ ts: text, level: text, msg: text, input: text, runId: text, error: fc.record({ trace: text }) })
        .map((fields) => JSON.stringify(fields)),
      fc.record({ msg: text, error: fc.record({ exception: text, message: text }) }).map((fields) => line(fields)),
      fc.dictionary(text, text).map((fields) => line({ ...fields, msg: "call" })),
    );
    fc.assert(
      fc.property(written, (line) => {
        assert.doesNotMatch(view("shop", line), /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      }),
    );
  });
});
