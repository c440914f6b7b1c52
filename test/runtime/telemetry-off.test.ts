import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { putFixture } from "./support/fixture.ts";
import { freePort } from "./support/ports.ts";
import { node } from "./support/node.ts";
import { python, RuntimeProcess, type RuntimeKind, type StartOptions } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";
import { executorKind } from "./support/executor.ts";
import { putDefinition } from "./workflow-support.ts";

/** What a process loads that tells of nothing but its log, of all that traces and metrics are made by. */
describe("without traces and metrics, nothing of them is loaded", () => {
  const own =
    /(telemetry|observer|metrics|span)\w*[-\w]*\.ts|knflow_runtime\.(observer|metrics|otlp|span|telemetry)\w*/g;

  /** The modules that Node.js loads until it is ready. */
  async function loadedByNode(kind: RuntimeKind, object: string, env: StartOptions["env"] = {}): Promise<string> {
    const list = join(shared().folder, "loaded");
    const hook = join(shared().folder, "hook.mjs");
    await writeFile(list, "");
    await writeFile(
      hook,
      `import { appendFileSync } from "node:fs";
       import { registerHooks } from "node:module";
       registerHooks({ load: (url, context, next) => (appendFileSync(${JSON.stringify(list)}, url + "\\n"), next(url, context)) });`,
    );
    const options = { env: { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}`, ...env } };
    const runtime = await RuntimeProcess.start(kind, object, options);
    await runtime.call({});
    await runtime.stop();
    return readFile(list, "utf8");
  }

  async function loadedByPython(env: StartOptions["env"] = {}): Promise<string> {
    const options = { handler: "main.echo", env: { PYTHONPROFILEIMPORTTIME: "1", ...env } };
    const runtime = await RuntimeProcess.start(python, await putFixture(python), options);
    await runtime.call({});
    await runtime.stop();
    return runtime.output;
  }

  /** Names of files and modules, each once. */
  const found = (text: string) => [...new Set(text.match(own))].sort();
  const both = async () => ({
    KNFLOW_TRACING_ENDPOINT: "http://127.0.0.1:9",
    KNFLOW_METRICS_PORT: String(await freePort()),
  });

  it("python", async () => {
    assert.deepEqual(found(await loadedByPython()), []);
    assert.ok(found(await loadedByPython(await both())).length > 4, "the pattern finds nothing");
  });

  for (const name of ["node", "workflow"]) {
    it(name, async () => {
      const kind = name === "node" ? node : executorKind;
      const object = name === "node" ? await putFixture(node) : await putDefinition([{ a: { set: { b: 1 } } }]);
      const env = { KNFLOW_HANDLER: "main.echo" };
      // The settings say that there are none.
      const without = (await loadedByNode(kind, object, env))
        .replaceAll("telemetry/settings.ts", "")
        .replaceAll("telemetry/trace-context.ts", "");
      assert.match(without, /main\.ts/);
      assert.deepEqual(found(without), []);
      assert.ok(
        found(await loadedByNode(kind, object, { ...env, ...(await both()) })).length > 4,
        "the pattern finds nothing",
      );
    });
  }
});
