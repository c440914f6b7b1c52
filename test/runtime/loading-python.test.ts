import assert from "node:assert/strict";
import { archiveOf } from "./support/archives.ts";
import { failedLoad } from "./support/failed-load.ts";
import { putArchive, python, RuntimeProcess } from "./support/runtime.ts";

describe("loading: the code of functions in Python", () => {
  const faults: Record<string, [Record<string, string>, RegExp, string?]> = {
    "a syntax error": [
      { "main.py": "import json\n\ndef handler(event:\n    return event\n" },
      /^SyntaxError: .+ \(main\.py:3\)$/,
    ],
    "a syntax error in a module of its own": [
      { "main.py": "import shop.prices\n", "shop/__init__.py": "", "shop/prices.py": "x = 1\nprice = = 2\n" },
      /^SyntaxError: .+ \(shop\/prices\.py:2\)$/,
    ],
    "a missing import": [
      { "main.py": "import os\nimport not_installed\n" },
      /^ModuleNotFoundError: No module named 'not_installed' \(main\.py:2\)$/,
    ],
    "an exception while it is imported": [
      { "main.py": "def connect():\n    raise OSError('no größe')\n\nconnect()\n" },
      /^OSError: no größe \(main\.py:2\)$/,
    ],
    "an exit while it is imported": [
      { "main.py": "import sys\nsys.exit('bye')\n" },
      /^SystemExit: bye \(main\.py:2\)$/,
    ],
    "bytes that are no UTF-8": [{ "main.py": "# -*- coding: ascii -*-\nx = 'ü'\n" }, /^SyntaxError: .*ascii/],
    "no handler": [
      { "main.py": "def handle(event): pass\ndef other(): pass\n" },
      /^HandlerMissing: main\.py has no 'handler', .*its functions are: handle, other$/,
    ],
    "a handler that cannot be called": [
      { "main.py": "handler = 5\n" },
      /^HandlerMissing: .* cannot be called as 'handler'/,
    ],
    "no file": [
      { "app.py": "", "lib.py": "" },
      /^HandlerMissing: there is no main\.py in the archive; its Python files are: app\.py, lib\.py$/,
    ],
    "a handler without arguments": [{ "main.py": "def handler(): pass\n" }, /^HandlerShape: main\.py: handler must be/],
    "a handler with three arguments": [{ "main.py": "def handler(a, b, c): pass\n" }, /^HandlerShape: /],
    "a handler with a keyword that it needs": [{ "main.py": "def handler(event, *, b): pass\n" }, /^HandlerShape: /],
    "a module's name that Python has itself": [
      { "json.py": "def handler(event): return event\n" },
      /^HandlerMissing: the module name 'json' is taken by Python itself/,
      "json.handler",
    ],
  };
  for (const [name, [files, reason, handler]] of Object.entries(faults)) {
    it(name, async () => {
      const object = await putArchive(await archiveOf(files));
      const { message, last } = await failedLoad(python, object, {
        codeIsSound: true,
        ...(handler === undefined ? {} : { handler }),
      });
      assert.match(message, reason);
      assert.equal(last.function, "function-under-test");
      assert.equal(last.revision, "function-under-test-00001");
    });
  }

  it("the log has the stack trace, the termination message has not", async () => {
    const object = await putArchive(await archiveOf({ "main.py": "raise ValueError('first\\nsecond')\n" }));
    const { message, last } = await failedLoad(python, object, { codeIsSound: true });
    assert.equal(message, "ValueError: first second (main.py:1)");
    assert.match((last.error as { trace: string }).trace, /Traceback .*main\.py/s);
  });

  it("an import that never ends is given up in time", async () => {
    const object = await putArchive(await archiveOf({ "main.py": "import time\ntime.sleep(1000)\n" }));
    const { message } = await failedLoad(python, object, {
      codeIsSound: true,
      env: { KNFLOW_LOAD_TIMEOUT_SECONDS: "1" },
    });
    assert.equal(message, "LoadTimeout: the code was not loaded within 1 s");
  });

  it("finds its own modules and files, whatever their names", async () => {
    const object = await putArchive(
      await archiveOf({
        "main.py":
          "from größe import preis\ndef handler(event, context=None):\n    return [preis.x, open('daten/ß.txt').read(), context is not None]\n",
        "größe/__init__.py": "",
        "größe/preis.py": "x = 1\n",
        "daten/ß.txt": "ü",
      }),
    );
    const runtime = await RuntimeProcess.start(python, object);
    assert.deepEqual((await runtime.call({})).json, [1, "ü", true]);
    await runtime.stop();
  });

  it("handlers in packages, classes and partials", async () => {
    const object = await putArchive(
      await archiveOf({
        "app/__init__.py": "",
        "app/web.py": [
          "import functools",
          "class Api:",
          "    async def __call__(self, event): return ['object', event]",
          "    def method(self, event, context): return ['method', event]",
          "api = Api()",
          "method = api.method",
          "partial = functools.partial(lambda kind, event: [kind, event], 'partial')",
          "def many(*arguments): return ['many', len(arguments)]",
          "def optional(event, retries=3): return ['optional', retries]",
          "",
        ].join("\n"),
      }),
    );
    const expected = {
      api: ["object", 1],
      method: ["method", 1],
      partial: ["partial", 1],
      many: ["many", 2],
      optional: ["optional", 3],
    };
    for (const [handler, value] of Object.entries(expected)) {
      const runtime = await RuntimeProcess.start(python, object, { handler: `app.web.${handler}` });
      assert.deepEqual((await runtime.call("1")).json, value);
      await runtime.stop();
    }
  });
});
