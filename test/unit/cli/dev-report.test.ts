import assert from "node:assert/strict";
import { jsonReport } from "../../../cli/local/dev-report.ts";
import { UserError } from "../../../console/errors.ts";

describe("knflow dev --json", () => {
  it("writes an object a line of what happens", () => {
    let written = "";
    const report = jsonReport({ write: (text: string) => (written += text) !== "" });
    report.names(["shop"]);
    report.applied({ started: ["shop"], stopped: [], failures: [] }, true);
    report.ready({ shop: "http://127.0.0.1:8484/shop" }, "http://127.0.0.1:8484/shop/");
    report.log("shop", '{"ts":"2026-01-01T00:00:00.000Z","msg":"run started"}');
    report.log("shop/sell", "plain\u001b[2J");
    report.notice("store is called: it is started too");
    report.applied({ started: [], stopped: ["shop/buy"], failures: [new UserError("shop/sell is not ready")] }, false);
    report.problem("functions/shop/workflow.yaml:1:1: wrong");
    assert.deepEqual(
      written
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
      [
        { event: "started", names: ["shop"] },
        {
          event: "ready",
          addresses: { shop: "http://127.0.0.1:8484/shop" },
          page: "http://127.0.0.1:8484/shop/",
        },
        { event: "log", name: "shop", line: { ts: "2026-01-01T00:00:00.000Z", msg: "run started" } },
        { event: "log", name: "shop/sell", line: "plain\u001b[2J" },
        { event: "notice", message: "store is called: it is started too" },
        { event: "problem", message: "shop/sell is not ready" },
        { event: "ended", names: ["shop/buy"] },
        { event: "problem", message: "functions/shop/workflow.yaml:1:1: wrong" },
      ],
    );
  });

  it("does not tell a bug as a problem of the files", () => {
    const report = jsonReport({ write: () => true });
    assert.throws(
      () => report.applied({ started: [], stopped: [], failures: [new TypeError("a bug")] }, true),
      /a bug/,
    );
  });
});
