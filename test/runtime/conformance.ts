/**
 * What every language's runtime must do with a request: one table, run against each of them. The handlers are those of
 * `fixtures/<language>/main.*`.
 */
export interface ConformanceCase {
  readonly name: string;
  readonly handler: string;
  readonly request: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Record<string, string>;
    /** Sent as JSON. */
    readonly json?: unknown;
    /** Sent as it is; made when it is needed, since some are large. */
    readonly body?: () => string | Uint8Array | AsyncIterable<Uint8Array>;
  };
  readonly expect: {
    readonly status: number;
    /** The body, deeply equal. */
    readonly json?: unknown;
    /** Members of the body: equal, or matching. */
    readonly match?: Readonly<Record<string, unknown>>;
    /** The body's `error`, besides its `id`, which is always checked. */
    readonly error?: { readonly type: string; readonly message: RegExp; readonly exception?: RegExp };
    readonly headers?: Record<string, string>;
  };
}

/** The default of KNFLOW_MAX_BODY_BYTES. */
export const maxBodyBytes = 16 * 1024 * 1024;
const json = { "content-type": "application/json" };

/** A JSON string of so many bytes in all. */
function textOfSize(bytes: number): string {
  return JSON.stringify("x".repeat(bytes - 2));
}

async function* inChunks(bytes: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(256 * 1024, "x");
  yield Buffer.from('"');
  for (let left = bytes - 2; left > 0; left -= chunk.length) {
    // Gives others their turn, as a network would.
    await new Promise(setImmediate);
    yield left < chunk.length ? chunk.subarray(0, left) : chunk;
  }
  yield Buffer.from('"');
}

const values: ConformanceCase[] = [
  ...[
    {},
    { text: "grüße 日本語 😀 \u2028 \u0000", "ключ 🔑": [null, true, 1.5, -0.1e-7, '\\"/'] },
    [],
    [1, [2, [3]]],
    "text",
    "",
    0,
    12345678901234,
    true,
    null,
    { constructor: 1, toString: 2, ["__proto__"]: 3 },
  ].flatMap((value) =>
    ["echo", "echo_async"].map((handler) => ({
      name: `${handler} answers ${JSON.stringify(value)}`,
      handler,
      request: { json: value },
      expect: { status: 200, json: value },
    })),
  ),
  {
    name: "a plain function that gives an awaitable",
    handler: "plain_around_async",
    request: { json: { a: 1 } },
    expect: { status: 200, json: { a: 1 } },
  },
  ...Object.entries({ nothing: null, text: "grüße 😀", number: 1.5, flag: true, "half a pair": "\ud83d" }).map(
    ([kind, value]) => ({
      name: `a handler that returns ${kind}`,
      handler: "values",
      request: { json: { kind } },
      expect: { status: 200, json: value },
    }),
  ),
];

const requests: ConformanceCase[] = [
  { name: "GET has an empty event", handler: "echo", request: { method: "GET" }, expect: { status: 200, json: {} } },
  {
    name: "GET takes the query's fields as strings, the last of a name",
    handler: "echo",
    request: { method: "GET", path: "/?n=1&text=gr%C3%BC%C3%9Fe+%26&empty=&n=2" },
    expect: { status: 200, json: { n: "2", text: "grüße &", empty: "" } },
  },
  {
    name: "a query that is not UTF-8",
    handler: "echo",
    request: { method: "GET", path: "/?a=%ff" },
    expect: { status: 400, error: { type: "BadRequest", message: /query/ } },
  },
  { name: "POST without a body", handler: "echo", request: {}, expect: { status: 200, json: {} } },
  { name: "a body of 1 byte", handler: "echo", request: { body: () => "7" }, expect: { status: 200, json: 7 } },
  {
    name: "JSON by another name",
    handler: "echo",
    request: { headers: { "content-type": "application/cloudevents+json; charset=UTF-8" }, body: () => "[]" },
    expect: { status: 200, json: [] },
  },
  {
    name: "a body without a content type",
    handler: "echo",
    request: { headers: { "content-type": "" }, body: () => "[]" },
    expect: { status: 200, json: [] },
  },
  {
    name: "another content type",
    handler: "echo",
    request: { headers: { "content-type": "application/x-www-form-urlencoded" }, body: () => "a=1" },
    expect: { status: 400, error: { type: "BadRequest", message: /application\/json/ } },
  },
  {
    name: "another charset",
    handler: "echo",
    request: { headers: { "content-type": "application/json; charset=latin1" }, body: () => "{}" },
    expect: { status: 400, error: { type: "BadRequest", message: /UTF-8/ } },
  },
  ...[
    ["application/json;", 200],
    ["application/json;; charset=utf8", 200],
    ['application/vnd.x+json; charset="UTF-8"', 200],
    ["application/json; utf-8", 400],
    ["application/json; charset=utf-8; a=b", 400],
    ["application/json\u0085", 400],
  ].map(([type, status]) => ({
    name: `the content type ${JSON.stringify(type)}`,
    handler: "echo",
    request: { headers: { "content-type": String(type) }, body: () => "[]" },
    expect: { status: Number(status) },
  })),
  ...["1e999", "[-1e309]", "9".repeat(400), "9".repeat(5000)].map((body) => ({
    name: `a number that no double holds: ${body.slice(0, 10)} (${body.length})`,
    handler: "echo",
    request: { body: () => body, headers: json },
    expect: { status: 400, error: { type: "BadRequest", message: /JSON: a number is too large/ } },
  })),
  {
    name: "large numbers, and texts that look like larger ones",
    handler: "echo",
    request: { json: [1e308, "1e999", { "9e999": 1e-320 }, "9".repeat(500)] },
    expect: { status: 200, json: [1e308, "1e999", { "9e999": 1e-320 }, "9".repeat(500)] },
  },
  ...["{", "[1,]", "{'a': 1}", "nul", "1 2", "\ufeff{}", '"\t"', "NaN", "[Infinity]", "-Infinity", "01", "{} x"].map(
    (body) => ({
      name: `malformed JSON ${JSON.stringify(body)}`,
      handler: "echo",
      request: { body: () => body, headers: json },
      expect: { status: 400, error: { type: "BadRequest", message: /JSON/ } },
    }),
  ),
  {
    name: "invalid UTF-8",
    handler: "echo",
    request: { body: () => Buffer.from([0x22, 0xc3, 0x28, 0x22]), headers: json },
    expect: { status: 400, error: { type: "BadRequest", message: /UTF-8/ } },
  },
  {
    name: "UTF-16",
    handler: "echo",
    request: { body: () => Buffer.from('{"a":1}', "utf16le"), headers: json },
    expect: { status: 400, error: { type: "BadRequest", message: /JSON/ } },
  },
  {
    name: "256 levels",
    handler: "echo",
    request: { body: () => "[".repeat(256) + "]".repeat(256), headers: json },
    expect: { status: 200 },
  },
  ...[
    ["257 arrays", "[".repeat(257) + "]".repeat(257)],
    ["10,000 arrays", "[".repeat(10_000) + "]".repeat(10_000)],
    ["10,000 objects", '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000)],
    ["1,000,000 opened arrays", "[".repeat(1_000_000)],
  ].map(([name = "", body = ""]) => ({
    name: `${name} inside each other`,
    handler: "echo",
    request: { body: () => body, headers: json },
    expect: { status: 400, error: { type: "BadRequest", message: /nested deeper than 256/ } },
  })),
  {
    name: "many brackets, in texts and beside each other, are not depth",
    handler: "echo",
    request: { json: { text: '[[[["\\"'.repeat(1000), list: Array.from({ length: 1000 }, () => [{}]) } },
    expect: { status: 200, json: { text: '[[[["\\"'.repeat(1000), list: Array.from({ length: 1000 }, () => [{}]) } },
  },
  {
    name: "10 MB",
    handler: "echo",
    request: { body: () => textOfSize(10_000_000), headers: json },
    expect: { status: 200, json: "x".repeat(10_000_000 - 2) },
  },
  {
    name: "10 MB in chunks",
    handler: "echo",
    request: { body: () => inChunks(10_000_000), headers: json },
    expect: { status: 200, json: "x".repeat(10_000_000 - 2) },
  },
  {
    name: "the largest body",
    handler: "echo",
    request: { body: () => textOfSize(maxBodyBytes), headers: json },
    expect: { status: 200 },
  },
  {
    name: "one byte more",
    handler: "echo",
    request: { body: () => textOfSize(maxBodyBytes + 1), headers: json },
    expect: { status: 413, error: { type: "PayloadTooLarge", message: /16777216 bytes/ } },
  },
  {
    name: "100 MB in chunks",
    handler: "echo",
    request: { body: () => inChunks(100_000_000), headers: json },
    expect: { status: 413, error: { type: "PayloadTooLarge", message: /16777216 bytes/ } },
  },
  ...["PUT", "DELETE", "PATCH", "OPTIONS"].map((method) => ({
    name: `${method} is not allowed`,
    handler: "echo",
    request: { method },
    expect: {
      status: 405,
      headers: { allow: "GET, POST" },
      error: { type: "MethodNotAllowed", message: new RegExp(`${method}.*GET, POST`) },
    },
  })),
  {
    name: "another path",
    handler: "echo",
    request: { path: "/admin/../etc/passwd%00", json: {} },
    expect: { status: 404, error: { type: "NotFound", message: /call the function at '\/'/ } },
  },
  {
    name: "a path that is /health only once it is decoded",
    handler: "echo",
    request: { method: "GET", path: "/%68ealth" },
    expect: { status: 404, error: { type: "NotFound", message: /%68ealth/ } },
  },
  {
    name: "/health",
    handler: "echo",
    request: { method: "GET", path: "/health" },
    expect: { status: 200, json: { status: "ok" } },
  },
  {
    name: "POST to /health",
    handler: "echo",
    request: { path: "/health", json: {} },
    expect: { status: 405, headers: { allow: "GET, HEAD" }, error: { type: "MethodNotAllowed", message: /GET, HEAD/ } },
  },
];

export const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const runs: ConformanceCase[] = [
  ...["with_context", "with_context_async"].map((handler) => ({
    name: `${handler} knows run, names and trace`,
    handler,
    request: { json: {}, headers: { "x-knflow-run-id": "run-1.a:b_c", traceparent } },
    expect: {
      status: 200,
      headers: { "x-knflow-run-id": "run-1.a:b_c" },
      json: {
        runId: "run-1.a:b_c",
        function: "function-under-test",
        workflow: "workflow-under-test",
        revision: "function-under-test-00001",
        traceparent,
        inTime: true,
      },
    },
  })),
];

const failures: ConformanceCase[] = [
  ...["fail", "fail_async"].map((handler) => ({
    name: `${handler}: the exception's type and message, no trace`,
    handler,
    request: { json: { message: "no flour left, größe 0" } },
    expect: {
      status: 500,
      error: { type: "HandlerError", exception: /^OutOfStock$/, message: /^no flour left, größe 0$/ },
    },
  })),
  {
    name: "a message of 100,000 characters is cut",
    handler: "fail",
    request: { json: { message: "x".repeat(100_000) } },
    expect: { status: 500, error: { type: "HandlerError", exception: /./, message: /^x{1024}$/ } },
  },
  ...["leave", "leave_async"].map((handler) => ({
    name: `${handler}: an exit in a handler is a failure of that request`,
    handler,
    request: { json: {} },
    expect: { status: 500, error: { type: "HandlerError", exception: /./, message: /3/ } },
  })),
  ...["circular", "deep", "function", "bytes", "not a number", "infinity"].map((kind) => ({
    name: `a value that is no JSON: ${kind}`,
    handler: "misshapen",
    request: { json: { kind } },
    expect: { status: 500, error: { type: "InvalidOutput", message: /JSON/ } },
  })),
];

/** What needs nothing but the runtime. */
export const conformance: readonly ConformanceCase[] = [...values, ...requests, ...runs, ...failures];
