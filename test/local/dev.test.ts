import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { request } from "undici";
import { Project, type Dev } from "./support/project.ts";

describe("knflow dev", () => {
  let project: Project;
  let dev: Dev;

  before(async () => {
    project = await Project.make();
    dev = project.dev("wordcount");
    await dev.ready();
  });
  after(async () => {
    await dev.end();
    await project.remove();
  });

  const merge = () => project.path("wordcount/merge/main.py");

  it("serves workflows and functions at one address, with their logs in one stream", async () => {
    const { status, json } = await dev.call("/wordcount", { text: "to be or not to be" });
    assert.equal(status, 200);
    assert.deepEqual(json, { counts: { to: 2, be: 2, or: 1, not: 1 }, total: 6, distinct: 4 });
    await dev.shown(/wordcount\/count {2}call status=200/);
    assert.equal((await dev.call("/nothing", {})).status, 404);
  });

  it("shows a workflow's page to a browser, with the example inputs as they are saved", async () => {
    const { 1: origin } = await dev.shown(/its page: (http:\S+)\/wordcount\/\n/);
    const browser = { headers: { accept: "text/html" } };
    const moved = await request(`${origin}/wordcount?a=1`, browser);
    await moved.body.dump();
    assert.deepEqual([moved.statusCode, moved.headers.location], [308, "/wordcount/?a=1"]);
    const page = async () => (await request(`${origin}/wordcount/`, browser)).body.text();
    assert.match(await page(), /data-task="\/do\/1\/count\/do\/0\/countPart"/);
    const script = await request(`${origin}/wordcount/page/main.js`);
    await script.body.dump();
    assert.deepEqual([script.statusCode, script.headers["content-type"]], [200, "text/javascript; charset=utf-8"]);
    const from = dev.output.length;
    await mkdir(project.path("wordcount/examples"), { recursive: true });
    await writeFile(project.path("wordcount/examples/input-short.json"), `{"text": "a b a"}`);
    await dev.shown(/↻ wordcount\n/, from);
    assert.match(await page(), /"name":"short","text":"{\\"text\\": \\"a b a\\"}"/);
  });

  it("runs what nobody waits for, and tells how it went", async () => {
    const started = await dev.call("/wordcount/runs", { text: "to be" });
    assert.equal(started.status, 202);
    const { id } = started.json as { id: string };
    const late = AbortSignal.timeout(30_000);
    for (;;) {
      const run = (await dev.get(`/wordcount/runs/${id}`, late)) as { state: string; output?: unknown };
      if (run.state === "running") continue;
      assert.deepEqual([run.state, run.output], ["completed", { counts: { to: 1, be: 1 }, total: 2, distinct: 2 }]);
      return;
    }
  });

  it("has the same runs from whichever folder of the project it is started", async () => {
    const { id } = (await dev.call("/wordcount/runs", { text: "to be" })).json as { id: string };
    const elsewhere = project.devIn("functions", "wordcount");
    try {
      await elsewhere.ready();
      const run = (await elsewhere.get(`/wordcount/runs/${id}`, AbortSignal.timeout(30_000))) as { id?: string };
      assert.equal(run.id, id);
    } finally {
      await elsewhere.end();
    }
  });

  it("takes up what is saved", async () => {
    const from = dev.output.length;
    await writeFile(merge(), (await readFile(merge(), "utf8")).replace('"total": counts', '"sum": counts'));
    await dev.shown(/↻ wordcount\/merge/, from);
    assert.equal(((await dev.call("/wordcount", { text: "a b" })).json as { sum: number }).sum, 2);
  });

  it("says what is wrong in what was saved, and goes on with what ran before", async () => {
    const from = dev.output.length;
    await writeFile(merge(), "def handler(\n");
    await dev.shown(/✗ wordcount\/merge is not ready: SyntaxError.* \(main\.py:1\); what ran before goes on/, from);
    assert.equal(((await dev.call("/wordcount", { text: "a b" })).json as { sum: number }).sum, 2);
  });

  it("tells problems of workflow.yaml with their place", async () => {
    const from = dev.output.length;
    const file = project.path("wordcount/workflow.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("call: merge", "call: merged"));
    await dev.shown(/✗ functions\/wordcount\/workflow\.yaml:\d+:\d+: .*"merged"/, from);
    assert.equal((await dev.call("/wordcount", { text: "a b" })).status, 200);
  });

  it("ends with an interrupt, and leaves no process", async () => {
    assert.equal(await dev.interrupt(), 130);
    assert.doesNotMatch(dev.output, /error/);
    await assert.rejects(dev.call("/wordcount", {}));
  });
});
