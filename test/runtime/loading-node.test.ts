import assert from "node:assert/strict";
import { download } from "../../runtimes/node/src/download.ts";
import { delaysDuring } from "../timers.ts";
import { archiveOf } from "./support/archives.ts";
import { failedLoad } from "./support/failed-load.ts";
import { node } from "./support/node.ts";
import { putArchive, RuntimeProcess } from "./support/runtime.ts";

/** Files, the termination message, and the handler where it is another one than `main.handler`. */
const faults: Record<string, [Record<string, string>, RegExp, string?]> = {
  "a syntax error in CommonJS": [
    { "main.cjs": "const a = 1;\n\nexports.handler = function (event {\n};\n" },
    /^SyntaxError: Unexpected token '\{' \(main\.cjs:3\)$/,
  ],
  "a syntax error in a module": [
    { "main.mjs": "import 'node:fs';\n\nexport function handler(event {\n}\n" },
    /^SyntaxError: Unexpected token '\{' \(main\.mjs:3\)$/,
  ],
  "a syntax error in a module of its own": [
    { "main.mjs": "import './shop/prices.mjs';\n", "shop/prices.mjs": "export const x = 1;\nexport const y = = 2;\n" },
    /^SyntaxError: .+ \(shop\/prices\.mjs:2\)$/,
  ],
  "a syntax error in TypeScript": [
    { "main.ts": "const a: number = 1;\n\nexport function handler(event: any) {\n  return event +;\n}\n" },
    /^SyntaxError: .+ \(main\.ts:4\)$/,
  ],
  "TypeScript that has to be compiled": [
    { "main.ts": "enum Size { small }\nexport const handler = () => Size.small;\n" },
    /^SyntaxError: TypeScript enum is not supported.* \(main\.ts:1\)$/,
  ],
  "a missing package in a module": [
    { "main.mjs": "import 'node:fs';\nimport x from 'not-installed';\n" },
    /^ModuleNotFoundError: Cannot find package 'not-installed' imported from main\.mjs \(main\.mjs:2\)$/,
  ],
  "a missing file": [
    { "main.mjs": "\nimport './prices.mjs';\n" },
    /^ModuleNotFoundError: Cannot find module 'prices\.mjs' imported from main\.mjs \(main\.mjs:2\)$/,
  ],
  "a missing package in CommonJS": [
    { "main.cjs": "require('node:fs');\nrequire('not-installed');\n" },
    /^ModuleNotFoundError: Cannot find module 'not-installed' \(main\.cjs:2\)$/,
  ],
  "an export that is not there": [
    { "main.mjs": "\nimport { prices } from './shop.mjs';\n", "shop.mjs": "export const price = 1;\n" },
    /^SyntaxError: The requested module '\.\/shop\.mjs' does not provide .*'prices' \(main\.mjs:2\)$/,
  ],
  "an exception while it is imported": [
    { "main.mjs": "function connect() {\n  throw new RangeError('no größe');\n}\n\nconnect();\n" },
    /^RangeError: no größe \(main\.mjs:2\)$/,
  ],
  "an exception of a kind of its own": [
    { "main.js": "class NoStock extends Error {}\nthrow new NoStock('none');\n" },
    /^NoStock: none \(main\.js:2\)$/,
  ],
  "a text that is thrown": [{ "main.js": "throw 'out';\n" }, /^string: out$/],
  "an exception while the import waits": [
    { "main.mjs": "setTimeout(() => {\n  throw new Error('late');\n}, 10);\nawait new Promise(() => {});\n" },
    /^Error: late \(main\.mjs:2\)$/,
  ],
  "an exit while it is imported": [
    { "main.js": "process.exit(3);\n" },
    /^ProcessExit: process\.exit\(3\) was called \(main\.js:1\)$/,
  ],
  "no handler": [
    { "main.mjs": "export function handle() {}\nexport const other = () => 1;\n" },
    /^HandlerMissing: main\.mjs has no 'handler', .*its functions are: handle, other$/,
  ],
  "two handlers by other names": [
    { "main.mjs": "export const main = () => 1;\nexport const lambda_handler = () => 2;\n" },
    /^HandlerMissing: main\.mjs has no 'handler', .*: lambda_handler, main$/,
  ],
  "another handler than the one that is named": [
    { "app.mjs": "export const main = () => 1;\n" },
    /^HandlerMissing: app\.mjs has no 'run', .*its functions are: main$/,
    "app.run",
  ],
  "a handler that cannot be called": [
    { "main.mjs": "export const handler = 5;\n" },
    /^HandlerMissing: .* cannot be called as 'handler'/,
  ],
  "no file": [
    { "app.js": "", "lib.ts": "", "read.me": "" },
    /^HandlerMissing: there is no main\.js or main\.ts in the archive; .* files are: app\.js, lib\.ts$/,
  ],
  "a class": [{ "main.js": "exports.handler = class {};\n" }, /^HandlerShape: main\.js: handler .*but is a class$/],
  "a handler with a callback": [
    { "main.js": "exports.handler = (event, context, callback) => callback(null, event);\n" },
    /^HandlerShape: .*instead of a callback, return a promise$/,
  ],
  "a handler that writes to a response": [
    { "main.js": "exports.handler = (req, res) => res.send('hi');\n" },
    /^HandlerShape: .*return the response instead of writing to one$/,
  ],
};

describe("loading: the code of functions in JavaScript and TypeScript", () => {
  for (const [name, [files, reason, handler]] of Object.entries(faults)) {
    it(name, async () => {
      const object = await putArchive(await archiveOf(files));
      const { message, last } = await failedLoad(node, object, {
        codeIsSound: true,
        ...(handler === undefined ? {} : { handler }),
      });
      assert.match(message, reason);
      assert.equal(last.function, "function-under-test");
      assert.equal(last.revision, "function-under-test-00001");
    });
  }

  it("the log has the stack trace, the termination message has not", async () => {
    const object = await putArchive(await archiveOf({ "main.js": "throw new TypeError('first\\nsecond');\n" }));
    const { message, last } = await failedLoad(node, object, { codeIsSound: true });
    assert.equal(message, "TypeError: first second (main.js:1)");
    assert.match((last.error as { trace: string }).trace, /^TypeError: first.* at .*main\.js:1/s);
  });

  for (const [name, code] of Object.entries({
    "waits for ever": "await new Promise(() => {});",
    "loops for ever": "for (;;);",
    "sleeps outside of JavaScript": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  })) {
    it(`an import that ${name} is given up in time`, async () => {
      const object = await putArchive(await archiveOf({ "main.mjs": `${code}\n` }));
      const { message } = await failedLoad(node, object, {
        codeIsSound: true,
        env: { KNFLOW_LOAD_TIMEOUT_SECONDS: "1" },
      });
      assert.equal(message, "LoadTimeout: the code was not loaded within 1 s");
    });
  }

  it("a download that begins after its time is given up, without a timer of a negative time", async () => {
    const delays = await delaysDuring(async () => {
      const late = download("http://127.0.0.1:9/data/x.zip", "0".repeat(64), -50, () => assert.fail("nothing is left"));
      await assert.rejects(late, { kind: "DownloadError" });
    });
    assert.ok(delays.length > 0 && delays.every((delay) => delay >= 0), delays.join());
  });

  it("finds its own modules and files, whatever their names", async () => {
    const object = await putArchive(
      await archiveOf({
        "main.ts":
          "import { readFileSync } from 'node:fs';\nimport { preis } from './größe/preis.ts';\n" +
          "export const handler = (_event: unknown, context: object) =>\n" +
          "  [preis, readFileSync('daten/ß.txt', 'utf8'), 'signal' in context];\n",
        "größe/preis.ts": "export const preis: number = 1;\n",
        "daten/ß.txt": "ü",
      }),
    );
    const runtime = await RuntimeProcess.start(node, object);
    assert.deepEqual((await runtime.call({})).json, [1, "ü", true]);
    assert.ok(
      runtime.log.every((line) => line.level === "info"),
      "no hints of Node's own",
    );
    await runtime.stop();
  });
});

describe("what a handler in JavaScript leaves behind", () => {
  it("what it throws late fails its own call, and no other", async () => {
    const files = {
      "main.mjs":
        "export function handler({ late }) {\n" +
        "  if (late === 'throw') return new Promise(() => setTimeout(() => { throw new Error('thrown late') }, 20));\n" +
        "  if (late === 'reject') { Promise.reject(new Error('rejected late')); return new Promise(() => {}); }\n" +
        "  return new Promise((resolve) => setTimeout(resolve, 100, 'fine'));\n}\n",
    };
    const runtime = await RuntimeProcess.start(node, await putArchive(await archiveOf(files)));
    try {
      const replies = await Promise.all(["throw", "no", "reject", "no"].map((late) => runtime.call({ late })));
      const said = replies.map(({ json }) => (json as { error?: { message: string } }).error?.message ?? json);
      assert.deepEqual(said, ["thrown late", "fine", "rejected late", "fine"]);
      const line = await runtime.logged("the throw", ({ msg }) => msg === "not caught by the function");
      assert.match(String(line.runId), /^[0-9a-f]{32}$/);
    } finally {
      await runtime.stop();
    }
  });

  it("its signal is aborted when its time is up", async () => {
    const files = {
      "main.mjs":
        "export const handler = (_event, { signal }) => new Promise(() =>\n" +
        "  signal.addEventListener('abort', () => console.log(`aborted: ${signal.reason.name}`)));\n",
    };
    const object = await putArchive(await archiveOf(files));
    const runtime = await RuntimeProcess.start(node, object, { env: { KNFLOW_TIMEOUT_SECONDS: "0.2" } });
    try {
      const reply = await runtime.call({});
      assert.equal(reply.status, 504);
      const line = await runtime.logged("the abort", ({ msg }) => msg === "aborted: TimeoutError");
      assert.equal(line.runId, reply.headers["x-knflow-run-id"]);
    } finally {
      await runtime.stop();
    }
  });
});
