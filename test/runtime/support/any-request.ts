import fc from "fast-check";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const latin1 = (text: string) => Buffer.from(text, "latin1");
const junk = bytes(60);

/** Texts that are JSON, nearly JSON, or not at all. */
const jsonText = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.json().chain((text) => fc.nat(text.length).map((length) => text.slice(0, length))),
  fc.tuple(fc.json(), fc.string({ maxLength: 3 }), fc.nat()).map(([text, piece, at]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + piece + text.slice(place);
  }),
  fc.constantFrom(
    "",
    "NaN",
    "-Infinity",
    "1e999",
    "1e308",
    "-0",
    "-0.0",
    "1E5",
    "01",
    "\ufeff1",
    '{"a":1,"a":2}',
    '"\\ud800"',
  ),
  fc.constantFrom(
    "[".repeat(300),
    "[".repeat(256) + "]".repeat(256),
    "9".repeat(400),
    '{"__proto__":{"a":1}}',
    "\u2028",
    '"\x7f"',
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);

const body = fc.oneof(
  { weight: 4, arbitrary: jsonText.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: junk },
  { weight: 1, arbitrary: jsonText.map((text) => Buffer.from(text, "utf16le")) },
);

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("POST", "GET") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("PUT", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE", "PRI", "get", "FOO", ""),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
);

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("/", "/", "/health", "/?a=1&b=%C3%BC") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "*",
      "",
      "//",
      "/..",
      "/%",
      "/%00",
      "/?%ff",
      "http://x/",
      "x:1",
      "/#a",
      "/a b",
      "http://[",
      "/\x80",
    ),
  },
  { weight: 1, arbitrary: junk.map((text) => text.toString("latin1")) },
  { weight: 1, arbitrary: fc.constant(`/?${"a".repeat(70_000)}`) },
);

const header = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...[
        "Host: x",
        "Content-Type: application/json",
        "Content-Type: text/plain",
        "Connection: close",
        "Connection: upgrade",
      ],
      ...[
        "Upgrade: websocket",
        "Upgrade: h2c",
        "Expect: 100-continue",
        "Expect: no",
        "x-knflow-run-id: a",
        "x-knflow-depth: 99",
      ],
      ...[
        "traceparent: 00-zz",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: x",
      ],
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("-1", "+1", "1e3", "0x10", "99999999999999999999", "5", "5, 5", "", "abc", "100000000")
      .map((length) => `Content-Length: ${length}`),
  },
  { weight: 2, arbitrary: junk.map((text) => text.toString("latin1")) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.string({ maxLength: 8 }), junk)
      .map(([name, value]) => `${name}: ${value.toString("latin1")}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `x: ${"y".repeat(70_000)}`,
      ...["x: y\r\n".repeat(3000).trimEnd(), " folded", ": x", "x : y"],
    ),
  },
);

const chunks = fc
  .array(fc.tuple(fc.constantFrom("", "0", "5", "zz", "-1", "FFFFFFFFFFFFFFFFF", "5;a=b", "1"), bytes(6)), {
    maxLength: 3,
  })
  .map((list) => Buffer.concat(list.flatMap(([size, data]) => [latin1(`${size}\r\n`), data, latin1("\r\n")])));

/** Bytes that are a request, nearly one, or none; with its length or without, more often than not ended. */
export const rawRequest: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        method,
        path,
        version: fc.oneof(
          { weight: 8, arbitrary: fc.constant("HTTP/1.1") },
          fc.constantFrom("HTTP/1.0", "HTTP/2.0", "HTTP/9", "", "x"),
        ),
        headers: fc.array(header, { maxLength: 2 }),
        body: fc.oneof(body, chunks),
        sound: fc.boolean(),
        end: fc.oneof({ weight: 8, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "")),
      })
      .map(({ method, path, version, headers, body, sound, end }) => {
        const lines = [
          `${method} ${path} ${version}`,
          ...(sound ? ["Host: x", `Content-Length: ${body.length}`] : []),
          ...headers,
          "",
        ];
        return Buffer.concat([latin1(lines.join(end) + end), body]);
      }),
  },
  { weight: 1, arbitrary: bytes(200) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("\r\n\r\n\r\n", "\x16\x03\x01\x02\0\x01", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0".repeat(100_000))
      .map(latin1),
  },
);

/** A request that is sound as HTTP: what is in it need not be. */
export interface JsonRequest {
  readonly method: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly body: Buffer;
}

const word = fc.constantFrom(
  "application/json",
  "text/plain",
  "application/x+json",
  "APPLICATION/JSON",
  "",
  "application/",
  "json",
);
const parameter = fc.constantFrom(
  "",
  "charset=utf-8",
  ' Charset="UTF8"',
  "charset=latin1",
  "utf-8",
  " a=b",
  "\u00a0",
  "charset=",
  "\t",
);
const field = fc.constantFrom(
  "a=1",
  "a",
  "=",
  "a=%C3%BC",
  "a=%FF",
  "a=%zz",
  "b=+&",
  "",
  "a;b",
  "a==b",
  "%",
  "__proto__=1",
);

export const jsonRequest: fc.Arbitrary<JsonRequest> = fc.record({
  method: fc.oneof({ weight: 5, arbitrary: fc.constant("POST") }, fc.constantFrom("GET", "GET", "PUT", "OPTIONS")),
  path: fc.oneof(
    { weight: 5, arbitrary: fc.constant("/") },
    fc.array(field, { maxLength: 4 }).map((fields) => `/?${fields.join("&")}`),
    fc.constantFrom("/x", "//", "/%68ealth", "/a%2Fb", "/.."),
  ),
  type: fc.oneof(
    { weight: 4, arbitrary: fc.constant("application/json") },
    fc.constant(undefined),
    fc.tuple(word, fc.array(parameter, { maxLength: 2 })).map(([kind, parameters]) => [kind, ...parameters].join(";")),
  ),
  body,
});
