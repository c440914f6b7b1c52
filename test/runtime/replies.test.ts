import assert from "node:assert/strict";
import { serving } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";

const refused: readonly (readonly [unknown, RegExp])[] = [
  [{ statusCode: 700 }, /status 700/],
  [{ statusCode: 100 }, /status 100/],
  [{ statusCode: 200.5 }, /status 200\.5/],
  [{ statusCode: 200, headers: { "a b": "c" } }, /header.*a b/],
  [{ statusCode: 200, headers: { a: "b\r\nc: d" } }, /header.*a/],
  [{ statusCode: 200, headers: "a: b" }, /no object of texts/],
  [{ statusCode: 200, multiValueHeaders: { a: 5 } }, /multiValueHeaders that are no object of lists/],
  [{ statusCode: 200, multiValueHeaders: { "x-a": "abc" } }, /multiValueHeaders that are no object of lists/],
  [{ statusCode: 200, cookies: "a=1" }, /cookies that are no list of texts/],
  [{ statusCode: 200, cookies: { a: "1" } }, /cookies that are no list of texts/],
];

for (const kind of languages) {
  describe(`replies: ${kind.name}`, () => {
    it("a handler's own status, headers and body, of any kind", async () => {
      await serving(kind, "answer", {}, async (runtime) => {
        const call = (value: unknown) => runtime.call(value, { headers: { "x-knflow-run-id": "run-1" } });
        const html = await call({ statusCode: 404, headers: { "Content-Type": "text/html" }, body: "<p>größe" });
        assert.deepEqual([html.status, html.text, html.headers["content-type"]], [404, "<p>größe", "text/html"]);
        assert.equal(html.headers["x-knflow-run-id"], "run-1");
        const bytes = await call({ statusCode: 200, body: "aGk=", isBase64Encoded: true });
        assert.deepEqual([bytes.text, bytes.headers["content-type"]], ["hi", "application/json"]);
        const value = await call({ statusCode: 201, body: { a: [1] }, multiValueHeaders: { "X-A": ["1", "2"] } });
        assert.deepEqual([value.status, value.json, value.headers["x-a"]], [201, { a: [1] }, ["1", "2"]]);
        const cookies = await call({ statusCode: 200, cookies: ["a=1", "b=2"] });
        assert.deepEqual([cookies.text, cookies.headers["set-cookie"]], ["", ["a=1", "b=2"]]);
        const none = await call({ statusCode: 204, body: "x" });
        assert.deepEqual([none.status, none.text, none.headers["content-length"]], [204, "", undefined]);
        const line = await runtime.logged("the page", (line) => line.status === 404);
        assert.deepEqual([line.level, line.msg, line.output], ["info", "call", "<p>größe"]);
      });
    });

    it("a handler has no say in what belongs to the connection or to the runtime", async () => {
      await serving(kind, "answer", {}, async (runtime) => {
        const headers = {
          "content-length": "1",
          connection: "close",
          "X-Knflow-Run-Id": "x",
          "transfer-encoding": "x",
        };
        const reply = await runtime.call({ statusCode: 200, headers, body: '"whole"' });
        assert.equal(reply.json, "whole");
        assert.notEqual(reply.headers["x-knflow-run-id"], "x");
        assert.notEqual(reply.headers.connection, "close");
      });
    });

    it("an object that has more than a reply has is a value", async () => {
      await serving(kind, "answer", {}, async (runtime) => {
        for (const value of [{ statusCode: 404, station: 7 }, { statusCode: "404" }, { body: "x" }]) {
          const reply = await runtime.call(value);
          assert.deepEqual([reply.status, reply.json], [200, value]);
        }
      });
    });

    it("refuses what cannot be sent", async () => {
      await serving(kind, "answer", {}, async (runtime) => {
        for (const [value, reason] of refused) {
          const reply = await runtime.call(value);
          const { error } = reply.json as { error: Record<string, string> };
          assert.deepEqual([reply.status, error.type], [500, "InvalidOutput"]);
          assert.match(error.message ?? "", reason);
        }
      });
    });

    it("a request as it came, of any content type", async () => {
      await serving(kind, "look", {}, async (runtime) => {
        const headers = { "content-type": "text/plain", "X-Thing": "größe" };
        const reply = await runtime.call("hi ü", { path: "/?a=1&b=%C3%BC", headers: { ...headers, "X-Thing": "t" } });
        const { host } = new URL(runtime.url);
        assert.deepEqual(reply.json, {
          method: "POST",
          url: `http://${host}/?a=1&b=%C3%BC`,
          type: "text/plain",
          thing: "t",
          text: "hi ü",
        });
        const got = await runtime.call(undefined, { method: "GET", path: "/?x=y" });
        assert.equal((got.json as { method: string }).method, "GET");
        const line = await runtime.logged("the call", (line) => line.input !== undefined);
        assert.equal(line.input, "hi ü");
      });
    });

    it("a request that is read as JSON, and is none, is refused with 400", async () => {
      await serving(kind, "read", {}, async (runtime) => {
        for (const [body, type] of [
          ["{", "application/json"],
          ["a=1", "application/x-www-form-urlencoded"],
          ["", "application/json"],
        ] as const) {
          const reply = await runtime.call(body, { headers: { "content-type": type } });
          const { error } = reply.json as { error: Record<string, string> };
          assert.deepEqual([reply.status, error.type], [400, "BadRequest"]);
          await runtime.logged("the refusal", (line) => line.level === "warn" && line.runId === error.id);
        }
      });
    });
  });
}
