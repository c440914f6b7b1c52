import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { request } from "undici";
import { executorMetrics, functionMetrics, type MetricFamily } from "./metric-families.ts";
import { databases, Held, idOf, RunBench } from "./runs-support.ts";
import { Collector } from "./support/collector.ts";
import { scrape, type Scrape } from "./support/exposition.ts";
import { serving } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";
import { freePort } from "./support/ports.ts";
import { waitFor } from "./support/wait.ts";
import { answers, echo, executing } from "./workflow-support.ts";

/** Every family of the table is there, and no other; with its labels, and no others. */
function assertFamilies(
  { types, samples }: Scrape,
  families: Readonly<Record<string, MetricFamily>>,
  fixed: Readonly<Record<string, string>>,
): void {
  assert.deepEqual(types, Object.fromEntries(Object.entries(families).map(([name, { type }]) => [name, type])));
  for (const [name, { type, labels }] of Object.entries(families)) {
    const own = samples.filter((one) => one.name === (type === "histogram" ? `${name}_count` : name));
    assert.ok(own.length > 0, `there is no ${name}`);
    for (const one of own) {
      assert.deepEqual(Object.keys(one.labels).sort(), [...Object.keys(fixed), ...labels].sort(), name);
      for (const [label, value] of Object.entries(fixed)) assert.equal(one.labels[label], value);
    }
  }
}

for (const kind of languages) {
  describe(`metrics: ${kind.name}`, () => {
    const fixed = { workflow: "workflow-under-test", function: "function-under-test" };
    let port: number;
    let env: Record<string, string>;

    beforeEach(async () => {
      port = await freePort();
      env = { KNFLOW_METRICS_PORT: String(port) };
    });

    it("are those of the table, by the names and labels that all languages have", async () => {
      await serving(kind, "echo", env, async (runtime) => {
        await runtime.call({});
        assertFamilies(await scrape(port), functionMetrics, fixed);
      });
    });

    it("count requests by their status, and the start by its phases", async () => {
      await serving(kind, "echo", env, async (runtime) => {
        for (const body of [{}, { a: 1 }, "{"]) await runtime.call(body);
        await runtime.isReady();
        const figures = await scrape(port);
        const invocations = (status: string) => figures.value("knflow_invocations_total", { status });
        assert.deepEqual([invocations("200"), invocations("400")], [2, 1]);
        assert.equal(figures.value("knflow_invocation_duration_seconds_count"), 3);
        assert.ok((figures.value("knflow_invocation_duration_seconds_sum") ?? 0) > 0);
        assert.equal(figures.value("knflow_invocations_in_flight"), 0);
        assert.equal(figures.value("knflow_cold_starts_total"), 1);
        for (const phase of ["download", "unpack", "import"]) {
          const seconds = figures.value("knflow_load_seconds", { phase });
          assert.ok(seconds !== undefined && seconds > 0 && seconds < 60, `${phase}: ${seconds}`);
        }
      });
    });

    it("count what fails and what is late", async () => {
      await serving(kind, "fail", env, async (runtime) => {
        await runtime.call({ message: "no" });
        assert.equal((await scrape(port)).value("knflow_invocations_total", { status: "500" }), 1);
      });
      await serving(kind, "spin", { ...env, KNFLOW_TIMEOUT_SECONDS: "0.3" }, async (runtime) => {
        assert.equal((await runtime.call({ seconds: 1 })).status, 504);
        // In Node.js the handler holds up the loop until it is done.
        await waitFor("the count", async () => {
          const figures = await scrape(port);
          return figures.value("knflow_invocations_total", { status: "504" }) === 1 || undefined;
        });
      });
    });

    it("tell what is in flight", async () => {
      await serving(kind, "sleep_async", env, async (runtime) => {
        const call = runtime.call({ seconds: 1 });
        const inFlight = async () => (await scrape(port)).value("knflow_invocations_in_flight");
        await waitFor("the call", async () => ((await inFlight()) === 1 ? true : undefined));
        await call;
        assert.equal(await inFlight(), 0);
      });
    });

    it("are at their own port alone", async () => {
      await serving(kind, "echo", env, async (runtime) => {
        assert.equal((await runtime.call(undefined, { method: "GET", path: "/metrics" })).status, 404);
        await scrape(port);
        const other = await request(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" });
        assert.equal(other.statusCode, 404);
        assert.match(await other.body.text(), /metrics/);
      });
    });

    it("a port that is taken is told, and keeps nobody from serving", async () => {
      const other = createServer().listen(port, "127.0.0.1");
      await once(other, "listening");
      try {
        await serving(kind, "echo", env, async (runtime) => {
          assert.equal((await runtime.call({})).status, 200);
          await runtime.logged("the port", ({ level, msg }) => level === "warn" && msg.includes(String(port)));
        });
      } finally {
        other.close();
      }
    });

    it("the process ends with a connection to its metrics open", async () => {
      await serving(kind, "echo", env, async (runtime) => {
        await scrape(port);
        runtime.signal("SIGTERM");
        assert.equal(await runtime.ended(), 0);
      });
    });
  });
}

describe("metrics: the executor", () => {
  const fixed = { workflow: "workflow-under-test" };
  let port: number;
  let env: Record<string, string>;

  beforeEach(async () => {
    port = await freePort();
    env = { KNFLOW_METRICS_PORT: String(port) };
  });

  it("are those of the table, and count runs and tasks by how they end", async () => {
    const tasks = [{ first: { call: "f" } }, { second: { try: [{ inner: { call: "g" } }], catch: {} } }];
    const functions = { f: echo, g: answers(500, { error: { type: "HandlerError", message: "no" } }) };
    await executing(
      tasks,
      functions,
      async (runtime) => {
        await runtime.call({});
        await runtime.call({});
        const figures = await scrape(port);
        assertFamilies(figures, executorMetrics, fixed);
        assert.equal(figures.value("knflow_runs_total", { state: "completed" }), 2);
        assert.equal(figures.value("knflow_run_duration_seconds_count", { state: "completed" }), 2);
        assert.equal(figures.value("knflow_runs_in_flight"), 0);
        const ended = (task: string, outcome: string) => figures.value("knflow_tasks_total", { task, outcome });
        assert.deepEqual([ended("/do/0/first", "completed"), ended("/do/1/second", "completed")], [2, 2]);
        assert.equal(ended("/do/1/second/try/0/inner", "failed"), 2);
        assert.equal(figures.value("knflow_task_duration_seconds_count", { task: "/do/0/first" }), 2);
      },
      env,
    );
  });

  it("count runs that fault", async () => {
    await executing(
      [{ step: { call: "f" } }],
      { f: answers(500, "no") },
      async (runtime) => {
        await runtime.call({});
        assert.equal((await scrape(port)).value("knflow_runs_total", { state: "faulted" }), 1);
      },
      env,
    );
  });

  describe("of runs that are written down", () => {
    let bench: RunBench;

    before(async function () {
      this.timeout(60_000);
      const provide = databases["an SQLite file"];
      assert.ok(provide);
      bench = await RunBench.start(provide);
    });
    afterEach(() => bench.clear());
    after(() => bench?.stop());

    it("count a run once that two executors had, as its trace has it once", async function () {
      this.timeout(80_000);
      const collector = await Collector.start();
      bench.keep(collector);
      env = { ...env, ...collector.env };
      const held = new Held();
      const tasks = [{ before: { set: { a: 1 } } }, { held: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const hangs = await bench.serve(tasks, functions, env);
      const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
      const headers = { traceparent: `00-${traceId}-${spanId}-01` };
      const id = idOf(await hangs.call({}, { path: "/runs", headers }));
      await waitFor("the task before to be written down", async () => {
        const [before] = (await bench.show(hangs, id)).tasks;
        return (held.calls === 1 && before?.durationMs !== undefined) || undefined;
      });
      const other = await freePort();
      const next = await bench.serve(tasks, functions, { ...env, KNFLOW_METRICS_PORT: String(other) });
      hangs.signal("SIGSTOP");
      await waitFor("the call of the second executor", () => held.calls === 2 || undefined, 40);
      hangs.signal("SIGCONT");
      const inFlight = async (at: number) => (await scrape(at)).value("knflow_runs_in_flight");
      await waitFor("the first to give it up", async () => ((await inFlight(port)) === 0 ? true : undefined));
      held.release();
      assert.equal((await bench.ended(next, id)).executors, 2);
      await waitFor("the end", async () => ((await inFlight(other)) === 0 ? true : undefined));
      const figures = [await scrape(port), await scrape(other)];
      const of = (name: string, labels: Record<string, string>) => figures.map((one) => one.value(name, labels));
      assert.deepEqual(of("knflow_runs_total", { state: "completed" }), [undefined, 1]);
      assert.deepEqual(of("knflow_tasks_total", { task: "/do/0/before" }), [1, undefined]);
      assert.deepEqual(of("knflow_tasks_total", { task: "/do/1/held" }), [undefined, 1]);
      // From when it was started first.
      assert.ok((figures[1]?.value("knflow_run_duration_seconds_sum") ?? 0) > 2);
      const run = await collector.received("the run", ({ kind }) => kind === "server");
      assert.deepEqual([run.traceId, run.parentSpanId, run.attributes["knflow.run.id"]], [traceId, spanId, id]);
      await waitFor("the call and the tasks", () => collector.spans.length >= 4 || undefined);
      const tasksOfRun = collector.spans.filter(({ kind }) => kind === "internal");
      assert.deepEqual(tasksOfRun.map(({ name }) => name).sort(), ["before", "held"]);
      assert.ok(tasksOfRun.every(({ parentSpanId }) => parentSpanId === run.spanId));
      assert.equal(collector.spans.filter(({ kind }) => kind === "server").length, 1);
    });

    it("count a cancelled run once, where it was cancelled", async function () {
      this.timeout(60_000);
      const held = new Held();
      const runtime = await bench.serve([{ held: { call: "f" } }], { f: await bench.fake(held.behave) }, env);
      const id = idOf(await runtime.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      for (let times = 0; times < 2; times++) {
        assert.equal((await runtime.call(undefined, { path: `/runs/${id}/cancel` })).status, 200);
      }
      await waitFor("the run to be left", async () => {
        return (await scrape(port)).value("knflow_runs_in_flight") === 0 || undefined;
      });
      const figures = await scrape(port);
      const runs = figures.samples.filter(({ name }) => name === "knflow_runs_total");
      assert.deepEqual(
        runs.map(({ labels, value }) => [labels.state, value]),
        [["cancelled", 1]],
      );
    });
  });
});
