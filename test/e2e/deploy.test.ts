import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { examples } from "../examples.ts";
import { executorMetrics, functionMetrics } from "../runtime/metric-families.ts";
import { lostRun } from "./lost-run.ts";
import { assertDone } from "./project.ts";
import { namespace, project, stack, telemetry } from "./setup.ts";
import { countWords, randomText } from "./words.ts";

describe("the main job on a real cluster", () => {
  before(() => lostRun.write(join(project().folder, "functions")));

  it("previews on an empty cluster", async () => {
    const preview = await project().pulumi("preview", "--stack", stack);
    assertDone(preview);
    assert.match(preview.text, /wordcount-count-service/);
    assert.doesNotMatch(preview.text, /warning/i);
  });

  it("deploys platform and workflows by one start, without a retry, and calls the example", async () => {
    const started = await project().start();
    assertDone(started);
    assert.match(started.text, /wordcount: [\d,]+ words, [\d,]+ different ones/);
    assert.match(started.text, /pulumi up .*\d+ created/);
    const outputs = await project().outputs();
    assert.deepEqual(Object.keys(outputs).sort(), ["gatewayUrl", "namespace", "workflows"]);
    assert.equal(outputs.namespace, namespace);
    const wordcount = outputs.workflows.wordcount;
    assert.ok(wordcount);
    assert.deepEqual(Object.keys(wordcount).sort(), ["digest", "functions", "host", "url"]);
    assert.deepEqual(Object.keys(wordcount.functions).sort(), ["count", "merge", "split"]);
    for (const fn of Object.values(wordcount.functions)) {
      assert.deepEqual(Object.keys(fn).sort(), ["digest", "host", "image", "revision", "url"]);
      assert.match(fn.digest, /^[0-9a-f]{64}$/);
      assert.match(fn.image, /@sha256:[0-9a-f]{64}$/);
    }
  });

  it("runs the workflow", async () => {
    const reply = await project().invoke("wordcount", { text: "To be, or not to be?", chunks: 2 });
    assert.equal(reply.stderr, "");
    assert.equal(reply.exitCode, 0);
    assert.deepEqual(JSON.parse(reply.stdout), { counts: { to: 2, be: 2, or: 1, not: 1 }, total: 6, distinct: 4 });
  });

  it("shows a browser the workflow's page", async () => {
    const { gatewayUrl, workflows } = await project().outputs();
    const browser = {
      host: workflows.wordcount?.host ?? "",
      accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    };
    const page = await request(gatewayUrl, { headers: browser });
    assert.equal(page.statusCode, 200);
    assert.match(await page.body.text(), /data-task="\/do\/0\/split"/);
  });

  for (const { workflow, name, input, output } of examples) {
    it(`gives the output of the example ${name}, as a local run does`, async () => {
      const reply = await project().invoke(workflow, input);
      assert.equal(reply.exitCode, 0, reply.stderr);
      assert.deepEqual(JSON.parse(reply.stdout), output);
    });
  }

  it("a collector is told of a run that its caller keeps, by executor, functions and queue-proxies, and by the gateway where it keeps all", async () => {
    const outputs = await project().outputs();
    const run = { workflow: "wordcount", fn: "merge", input: { text: "to be" } };
    const proxies = ["wordcount server queue", "wordcount-merge server queue"];
    await telemetry().assertTraced(outputs, { ...run, platform: proxies });
    await telemetry().whileGatewayTells(project(), () =>
      telemetry().assertTraced(outputs, { ...run, platform: [...proxies, "kourier-knative server ingress"] }),
    );
  });

  it("Prometheus is told of executors and functions", async () => {
    await telemetry().assertMeasured(project(), "wordcount", executorMetrics);
    await telemetry().assertMeasured(project(), "wordcount-merge", functionMetrics);
  });

  it("calls one function", async () => {
    const reply = await project().invoke("wordcount/split", { text: "one two", chunks: 1 });
    assert.equal(reply.exitCode, 0, reply.stderr);
    assert.ok(Array.isArray((JSON.parse(reply.stdout) as { parts: unknown }).parts));
  });

  it("a Python pod compiles nothing of what its image has when it starts", async () => {
    const start =
      "import sys; sys.path.insert(0, '/opt/knflow'); import knflow_runtime.server, knflow_runtime.observer";
    const verbose = `python3 -S -v -c "${start}" 2>&1`;
    const { revision } = (await project().outputs()).workflows.wordcount?.functions.split ?? {};
    const exec = ["-n", namespace, "exec", `deploy/${revision}-deployment`, "-c", "user-container", "--"];
    const read = await project().kubectl(...exec, "sh", "-c", verbose);
    const objects = [...read.matchAll(/^# code object from '?(\S+?)'?$/gm)].map(([, file = ""]) => file);
    assert.ok(objects.length > 100, read);
    assert.deepEqual(
      objects.filter((file) => !file.endsWith(".pyc")),
      [],
    );
  });

  it("starts a run that nobody waits for, whose pod is lost then", async () => {
    await lostRun.start(project(), namespace);
  });

  it("changes nothing by a second start, which takes well under a minute", async () => {
    // As a local run of functions leaves it.
    const compiled = join(project().folder, "runtimes/python/knflow_runtime/__pycache__");
    await mkdir(compiled);
    await writeFile(join(compiled, "app.cpython-311.pyc"), "");
    const before = performance.now();
    const started = await project().start();
    assertDone(started);
    assert.match(started.text, /pulumi up +\S+ +no changes$/m);
    assert.ok(performance.now() - before < 45_000, started.text);
  });

  it("counts a text of 1 MB as an independent count does", async () => {
    const text = randomText(1024 * 1024);
    const expected = countWords(text);
    const reply = await project().invoke("wordcount", { text, chunks: 6 });
    assert.equal(reply.exitCode, 0, reply.stderr);
    const result = JSON.parse(reply.stdout) as { counts: Record<string, number>; total: number; distinct: number };
    assert.deepEqual(result.counts, Object.fromEntries(expected));
    assert.equal(result.distinct, expected.size);
    assert.equal(
      result.total,
      [...expected.values()].reduce((sum, count) => sum + count, 0),
    );
  });
});
