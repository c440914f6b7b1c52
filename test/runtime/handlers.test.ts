import assert from "node:assert/strict";
import { archiveOf } from "./support/archives.ts";
import { languages } from "./support/languages.ts";
import { putArchive, RuntimeProcess, type RuntimeKind } from "./support/runtime.ts";

/** Handlers as other platforms have them, written down in every language. */
interface Shape {
  readonly name: string;
  /** The files by language; several where a language has several ways to say it. */
  readonly files: Readonly<Record<string, readonly Record<string, string>[]>>;
  readonly handler?: string;
}

/** Each of these answers its event, wrapped: `{"got": event}`. */
const shapes: Shape[] = [
  {
    name: "handler(event)",
    files: {
      python: [{ "main.py": "def handler(event): return {'got': event}\n" }],
      node: [
        { "main.mjs": "export function handler(event) { return { got: event }; }" },
        { "main.js": "export const handler = async (event) => ({ got: event });" },
        { "main.js": "exports.handler = async function (event) { return { got: event }; };" },
        { "main.cjs": "module.exports = { handler(event) { return this.wrap(event); }, wrap: (got) => ({ got }) };" },
        { "main.ts": "interface E { a: number }\nexport const handler = (event: E): { got: E } => ({ got: event });" },
        { "main.cts": "const handler = (got: object) => ({ got });\nmodule.exports = { handler };" },
        { "main.js": "export default { handler: (got) => ({ got }) };" },
        { "main/index.js": "export const handler = (got) => ({ got });" },
        {
          "package.json": '{"type": "module"}',
          "main.js": "import { wrap } from './lib/wrap.js';\nexport const handler = (event) => wrap(event);",
          "lib/wrap.js": "export const wrap = (got) => ({ got });",
        },
        {
          "main.js": "const { wrap } = require('wrapper'); exports.handler = (event) => wrap(event);",
          "node_modules/wrapper/index.js": "exports.wrap = (got) => ({ got });",
        },
      ],
    },
  },
  {
    name: "one function as the whole module",
    files: {
      python: [],
      node: [
        { "main.js": "module.exports = async (event) => ({ got: event });" },
        { "main.mjs": "export default function (event) { return { got: event }; }" },
        { "main.ts": "export default async (got: unknown) => ({ got });" },
        { "main.js": "'use strict'; exports.__esModule = true; exports.default = (got) => ({ got });" },
      ],
    },
  },
  {
    name: "main(params), as OpenWhisk has it",
    files: {
      python: [{ "main.py": "def main(params): return {'got': params}\n" }],
      node: [
        { "main.js": "function main(params) { return { got: params }; }\nexports.main = main;" },
        { "main.mjs": "export async function main(params) { return { got: params }; }" },
      ],
    },
  },
  {
    name: "lambda_handler(event, context), as AWS has it",
    files: {
      python: [
        {
          "main.py":
            "def lambda_handler(event, context):\n" +
            "    assert len(context.aws_request_id) == 32 and context.get_remaining_time_in_millis() > 1000\n" +
            "    return {'got': event}\n",
        },
      ],
      node: [
        {
          "main.mjs":
            "export const lambdaHandler = async (event, context) => {\n" +
            "  if (context.awsRequestId.length !== 32 || !(context.getRemainingTimeInMillis() > 1000)) throw Error();\n" +
            "  return { got: event };\n};",
        },
        { "main.js": "exports.lambda_handler = async (event) => ({ got: event });" },
      ],
    },
  },
  {
    name: "a handler by a name of one's own",
    handler: "app.web.act",
    files: {
      python: [{ "app/__init__.py": "", "app/web.py": "def act(event): return {'got': event}\n" }],
      node: [
        { "app/web.js": "exports.act = (got) => ({ got });" },
        { "app/web.mts": "export const act = (got: unknown) => ({ got });" },
      ],
    },
  },
  {
    name: "handler(req) with await req.json()",
    files: {
      python: [
        { "main.py": "async def handler(req): return {'got': await req.json()}\n" },
        { "main.py": "def handler(request, context): return {'got': request.json()}\n" },
        { "main.py": "def handler(request): return {'got': request.get_json()}\n" },
      ],
      node: [
        { "main.mjs": "export async function handler(req) { return { got: await req.json() }; }" },
        { "main.ts": "export default async (request: Request) => ({ got: await request.json() });" },
        { "main.js": "module.exports = async req => Response.json({ got: await req.json() });" },
        { "main.mjs": 'export const handler = async (req, context) => new Response(`{"got": ${await req.text()}}`);' },
      ],
    },
  },
  {
    name: "handler(request) as Google Cloud Functions' templates have it",
    files: {
      python: [
        {
          "main.py":
            "def handler(request):\n" +
            "    request_json = request.get_json(silent=True)\n" +
            "    request_args = request.args\n" +
            "    if request_args and 'a' in request_args:\n" +
            "        return 'by the query'\n" +
            "    return {'got': request_json}\n",
        },
        { "main.py": "def handler(request): return {'got': request.get_json(force=True)}\n" },
        {
          "main.py":
            "import json\n" +
            "def handler(request):\n" +
            "    if request.method == 'OPTIONS':\n        return ('', 204)\n" +
            "    assert request.is_json and request.content_type == 'application/json' and request.path == '/'\n" +
            "    return (json.dumps({'got': json.loads(request.get_data(as_text=True))}), 200, {'X-A': 'b'})\n",
        },
      ],
      node: [],
    },
  },
  {
    name: "main(req) as Azure Functions' templates have it",
    files: {
      python: [
        {
          "main.py":
            "def main(req):\n" +
            "    name = req.params.get('name')\n" +
            "    if not name:\n" +
            "        try:\n            req_body = req.get_json()\n" +
            "        except ValueError:\n            req_body = None\n" +
            "    return {'got': req_body}\n",
        },
      ],
      node: [{ "main.mjs": "export async function main(request) { return { got: await request.json() }; }" }],
    },
  },
  {
    name: "a reply as AWS's proxies have it",
    files: {
      python: [
        {
          "main.py":
            "import json\ndef handler(event):\n" +
            "    return {'statusCode': 200, 'headers': {'X-A': 'b'}, 'body': json.dumps({'got': event})}\n",
        },
      ],
      node: [
        {
          "main.mjs":
            "export const handler = (got) => " +
            "({ statusCode: 200, headers: { 'X-A': 'b' }, body: JSON.stringify({ got }), isBase64Encoded: false });",
        },
        { "main.mjs": "export const handler = (got) => ({ statusCode: 200, body: { got } });" },
      ],
    },
  },
];

async function withHandler(
  kind: RuntimeKind,
  files: Record<string, string>,
  handler: string,
  work: (runtime: RuntimeProcess) => Promise<void>,
): Promise<void> {
  const runtime = await RuntimeProcess.start(kind, await putArchive(await archiveOf(files)), { handler });
  try {
    await work(runtime);
  } finally {
    await runtime.stop();
  }
}

for (const kind of languages) {
  describe(`handlers: ${kind.name}`, () => {
    for (const { name, files, handler = "main.handler" } of shapes) {
      for (const [index, one] of (files[kind.name] ?? []).entries()) {
        it(`${name} (${index + 1}: ${Object.keys(one).join(", ")})`, async () => {
          await withHandler(kind, one, handler, async (runtime) => {
            const reply = await runtime.call({ a: 1 });
            assert.deepEqual(reply.json, { got: { a: 1 } }, reply.text + runtime.output);
          });
        });
      }
    }

    it("finds the query, and no value where the body is no JSON, by a request's own methods", async () => {
      const read = {
        python:
          "def handler(request):\n" +
          "    value = request.get_json(silent=True)\n" +
          "    return {'name': request.args.get('name'), 'value': value, 'text': request.get_data(as_text=True)}\n",
        node:
          "export async function handler(request) {\n" +
          "  const value = await request.clone().json().catch(() => null);\n" +
          "  const name = new URL(request.url).searchParams.get('name');\n" +
          "  return { name, value, text: await request.text() };\n}\n",
      }[kind.name];
      const file = kind.name === "python" ? "main.py" : "main.mjs";
      await withHandler(kind, { [file]: read ?? "" }, "main.handler", async (runtime) => {
        const headers = { "content-type": "text/plain" };
        const plain = await runtime.call("hello", { path: "/?name=you", headers });
        assert.deepEqual(plain.json, { name: "you", value: null, text: "hello" }, plain.text);
        const json = await runtime.call({ a: 1 });
        assert.deepEqual(json.json, { name: null, value: { a: 1 }, text: '{"a":1}' }, json.text);
        const empty = await runtime.call(undefined, { method: "GET" });
        assert.deepEqual(empty.json, { name: null, value: null, text: "" }, empty.text);
      });
    });

    it("answers 400 where a request-style handler asks for JSON and there is none", async () => {
      const [file, text] =
        kind.name === "python"
          ? ["main.py", "def handler(request): return request.get_json()\n"]
          : ["main.mjs", "export const handler = (request) => request.json();"];
      await withHandler(kind, { [file]: text }, "main.handler", async (runtime) => {
        const reply = await runtime.call("{");
        assert.equal(reply.status, 400);
        assert.match(reply.text, /"type":"BadRequest"/);
      });
    });

    it("sends the status and the headers that a request-style handler replies", async () => {
      const [file, text] =
        kind.name === "python"
          ? ["main.py", "def handler(request): return 'no such thing', 404, {'Content-Type': 'text/plain'}\n"]
          : ["main.mjs", "export const handler = (req) => new Response('no such thing', { status: 404 });"];
      await withHandler(kind, { [file]: text }, "main.handler", async (runtime) => {
        const reply = await runtime.call({});
        assert.deepEqual([reply.status, reply.text], [404, "no such thing"]);
        assert.match(String(reply.headers["content-type"]), /^text\/plain/);
      });
    });
  });
}
