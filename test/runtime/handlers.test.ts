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
  });
}
