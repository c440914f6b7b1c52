import assert from "node:assert/strict";
import type { HttpAnswer, HttpCall } from "../../../runtimes/workflow/src/executor/environment.ts";
import { problemOf, run } from "./support.ts";

const json = { "content-type": "application/json; charset=utf-8" };
const answer = (status: number, body: string | Buffer, headers: HttpAnswer["headers"] = json): HttpAnswer => ({
  status,
  headers,
  body: Buffer.from(body),
});

/** Calls with what is given, and gives what it came to and what was sent. */
async function call(rule: object, input: unknown = {}, given = answer(200, "{}"), use: object = {}) {
  const sent: HttpCall[] = [];
  const http = (one: HttpCall) => {
    sent.push(one);
    return given;
  };
  const body = { use, do: [{ ask: { call: "http", with: { method: "get", endpoint: "http://e.com/", ...rule } } }] };
  const output = await run(body, input, { http });
  const [{ method, uri, headers, body: content } = {}] = sent;
  return { output, method, uri, headers, content };
}

describe("an HTTP call", () => {
  it("puts fields of the input into the address, and adds the query", async () => {
    const rule = {
      endpoint: "http://e.com/{a}/x?q={b}",
      query: { n: 1, list: ["x", "y z"], none: null, made: "${ .a }" },
    };
    const { uri, method } = await call(rule, { a: "a/b ü", b: 5 });
    assert.equal(uri, "http://e.com/a%2Fb%20%C3%BC/x?q=5&n=1&list=x&list=y+z&made=a%2Fb+%C3%BC");
    assert.equal(method, "GET");
    assert.equal((await call({ endpoint: { uri: "${ .at }" } }, { at: "https://e.com/1" })).uri, "https://e.com/1");
  });

  it("faults where the address cannot be made", async () => {
    const failing: [object, unknown, RegExp][] = [
      [{ endpoint: "http://e.com/{a}" }, {}, /^\{a\} in the address .* but the task's input has no such field$/],
      [{ endpoint: "http://e.com/{a}" }, { a: [1] }, /but it is \[1\]$/],
      [{ endpoint: "${ .at }" }, { at: "file:///etc/passwd" }, /must be an http or https address/],
      [{ endpoint: "${ .at }" }, { at: "http://me:secret@e.com" }, /^the endpoint's address must not hold a user or/],
    ];
    for (const [rule, input, detail] of failing) {
      const problem = await problemOf(call(rule, input));
      assert.deepEqual([problem.status, problem.instance], [400, "/do/0/ask"]);
      assert.match(problem.detail ?? "", detail);
    }
  });

  it("sends a text as it is and anything else as JSON, with the headers that are given", async () => {
    const posting = await call(
      { method: "POST", body: { x: "${ .n }" }, headers: { "X-N": "${ .n }", "X-No": null } },
      { n: 1 },
    );
    assert.equal(posting.content, '{"x":1}');
    assert.deepEqual(posting.headers, { "x-n": "1", "content-type": "application/json" });
    const text = await call({ method: "put", body: "a", headers: { "Content-Type": "text/csv" } });
    assert.deepEqual([text.content, text.headers], ["a", { "content-type": "text/csv" }]);
  });

  it("authenticates, inline or by name, and does not show how", async () => {
    const basic = { basic: { username: "${ .user }", password: "p" } };
    const inline = { endpoint: { uri: "http://e.com/", authentication: basic }, output: "response" };
    const { headers, output } = await call(inline, { user: "u" });
    assert.equal(headers?.authorization, "Basic dTpw");
    assert.doesNotMatch(JSON.stringify(output), /dTpw/);
    const named = { endpoint: { uri: "http://e.com/", authentication: { use: "me" } } };
    const use = { authentications: { me: { bearer: { token: "${ .token }" } } } };
    assert.equal((await call(named, { token: "t" }, answer(200, ""), use)).headers?.authorization, "Bearer t");
  });

  it("faults where a header or the authentication is none that can be sent", async () => {
    const authenticated = (authentication: object) => ({ endpoint: { uri: "http://e.com/", authentication } });
    const failing: [object, RegExp][] = [
      [{ headers: { "X-Note": "${ .lines }" } }, /^the header X-Note must be one line of Latin letters/],
      [authenticated({ bearer: { token: "${ .no }" } }), /^the authentication's token must be a text, but is null$/],
      [authenticated({ basic: { username: "u", password: "${ 1 }" } }), /^the authentication's password .* a number$/],
      [authenticated({ bearer: { token: "${ .lines }" } }), /^the authentication's token must be one line/],
    ];
    for (const [rule, detail] of failing) {
      const problem = await problemOf(call(rule, { lines: "a\nb" }));
      assert.match(problem.type, /expression$/);
      assert.match(problem.detail ?? "", detail);
    }
    assert.equal((await call({ headers: { "X-Name": "Zoë" } })).headers?.["x-name"], "Zoë");
  });

  it("has a timeout of its own only where the definition has none around it", async () => {
    const limits: boolean[] = [];
    const http = (one: HttpCall) => {
      limits.push(one.isLimited);
      return answer(200, "{}");
    };
    const ask = { call: "http", with: { method: "get", endpoint: "http://e.com/" } };
    const timeout = { after: "PT5M" };
    for (const body of [
      { do: [{ ask }] },
      { do: [{ ask: { ...ask, timeout } }] },
      { do: [{ around: { do: [{ ask }], timeout } }] },
      { do: [{ ask }], timeout },
    ]) {
      await run(body, {}, { http });
    }
    assert.deepEqual(limits, [false, true, true, true]);
  });

  it("gives the content, deserialized, all of the answer, or its bytes", async () => {
    const content = async (given: HttpAnswer, output?: string) =>
      (await call(output ? { output } : {}, {}, given)).output;
    assert.deepEqual(await content(answer(200, '{"x":1}')), { x: 1 });
    assert.deepEqual(await content(answer(200, '{"x":1}', { "content-type": "application/hal+json" })), { x: 1 });
    assert.deepEqual(await content(answer(200, '{"x":1}', { "content-type": "text/plain" })), '{"x":1}');
    assert.deepEqual(await content(answer(204, "")), null);
    assert.deepEqual(await content(answer(200, Buffer.from([255, 254]), {})), "//4=");
    assert.deepEqual(await content(answer(200, "ab"), "raw"), "YWI=");
    assert.deepEqual(await content(answer(201, "[1]"), "response"), {
      request: { method: "GET", uri: "http://e.com/", headers: {} },
      statusCode: 201,
      headers: json,
      content: [1],
    });
  });

  it("faults with the status of an answer that is none of success", async () => {
    const problem = await problemOf(call({ endpoint: "http://e.com/x?key=secret" }, {}, answer(404, "no such thing")));
    assert.deepEqual(problem, {
      type: "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
      status: 404,
      title: "Communication Error",
      detail: "GET http://e.com/x answered 404: no such thing",
      instance: "/do/0/ask",
    });
    assert.equal((await problemOf(call({}, {}, answer(302, "")))).status, 302);
    assert.equal((await call({ redirect: true }, {}, answer(302, '"moved"'))).output, "moved");
    for (const body of ["{", '{"n": 1e999}'])
      assert.match(
        (await problemOf(call({}, {}, answer(200, body)))).detail ?? "",
        /answered something that is no JSON$/,
      );
  });
});
