import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parse } from "yaml";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";
import { runWorkflow } from "../../../runtimes/workflow/src/executor/run.ts";
import { webCaller } from "../../../runtimes/workflow/src/server/web.ts";
import { schemaProblems } from "../../../source/workflow-schema.ts";
import { checkEnd, scenarios, shop } from "../../scenarios.ts";
import { ownCache, problemOf } from "./support.ts";

describe("the specification's conformance scenarios", () => {
  ownCache();

  const server = shop();
  let origin: string;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, async () => {
      const tasks = scenario.tasks.replaceAll("ORIGIN", origin);
      const document = "document: {dsl: 1.0.0, namespace: default, name: scenario, version: 1.0.0}";
      const text = `${document}\ndo:\n${tasks.startsWith("[") ? `  ${tasks}` : tasks}\n`;
      const loaded = loadDefinition(text, "workflow.yaml", []);
      assert.ok("definition" in loaded, JSON.stringify(loaded));
      assert.deepEqual(await schemaProblems(text, "workflow.yaml"), []);
      const ended: string[] = [];
      const trace = { "x-knflow-run-id": "1", traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01` };
      const run = runWorkflow(loaded.definition, parse(scenario.input ?? "{}"), {
        runId: "1",
        signal: new AbortController().signal,
        call: () => Promise.reject(new Error("no scenario calls a function")),
        http: webCaller(trace, 1_000_000),
        taskEnded: ({ pointer }) => ended.push(pointer.split("/").at(-1) ?? ""),
      });
      const end = await run.then(
        (output) => ({ output }),
        async () => ({ problem: await problemOf(run) }),
      );
      checkEnd(scenario, end, "/do");
      if (scenario.order) assert.deepEqual(ended, scenario.order);
    });
  }
});
