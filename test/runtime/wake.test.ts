import assert from "node:assert/strict";
import { stringify } from "yaml";
import { databases, RunBench } from "./runs-support.ts";
import { waitFor } from "./support/wait.ts";
import { echo, executing, type Behaviour } from "./workflow-support.ts";

const tasks = [{ a: { call: "f" } }, { b: { do: [{ c: { call: "g" } }, { d: { call: "f" } }] } }];

function withMetadata(metadata: object): string {
  const document = { dsl: "1.0.0", namespace: "test", name: "test", version: "1.0.0", metadata };
  return stringify({ document, do: tasks });
}

describe("the functions of a workflow are woken", () => {
  it("when a run starts: once each, but the first one, which is called anyway", async () => {
    const woken = Promise.withResolvers<void>();
    const first: Behaviour = ({ body }, response) => void woken.promise.then(() => response.end(body));
    await executing(withMetadata({}), { f: first, g: echo }, async (runtime, made) => {
      const reply = runtime.call({});
      await waitFor("the call for the later step", () => made.g?.wakes === 1 || undefined);
      assert.equal(made.g?.calls.length, 0);
      woken.resolve();
      assert.equal((await reply).status, 200);
      assert.equal((await runtime.call({})).status, 200);
      assert.deepEqual([made.f?.wakes, made.g?.wakes], [0, 1]);
    });
  });

  it("again by the next run, where one could not be woken", async () => {
    await executing(withMetadata({}), { f: echo, g: echo }, async (runtime, made) => {
      if (made.g) made.g.unwakeable = 1;
      assert.equal((await runtime.call({})).status, 200);
      await waitFor("the first try", () => made.g?.wakes === 1 || undefined);
      assert.equal((await runtime.call({})).status, 200);
      await waitFor("the second one", () => made.g?.wakes === 2 || undefined);
      assert.equal((await runtime.call({})).status, 200);
      assert.equal(made.g?.wakes, 2);
    });
  });

  it("unless the definition says that they shall sleep", async () => {
    const definition = withMetadata({ knflow: { wake: false } });
    await executing(definition, { f: echo, g: echo }, async (runtime, made) => {
      assert.equal((await runtime.call({})).status, 200);
      assert.equal(made.g?.wakes, 0);
    });
  });

  for (const [database, provide] of Object.entries(databases)) {
    describe(`with runs in ${database}`, () => {
      let bench: RunBench;
      before(async () => {
        bench = await RunBench.start(provide);
      });
      afterEach(() => bench.clear());
      after(() => bench.stop());

      it("when an executor starts whose Revision had the last run, and not by a new Revision's", async () => {
        const [f, g] = [await bench.fake(echo), await bench.fake(echo)];
        const serve = (revision: string) => bench.serve(tasks, { f, g }, { K_REVISION: revision });
        const run = async (revision: string) => {
          const executor = await serve(revision);
          assert.equal((await executor.call({})).status, 200);
          // The run is written down: what was done at the start is done by now, too.
          await waitFor("the run", async () => {
            const reply = await executor.call(undefined, { method: "GET", path: "/runs?limit=1" });
            const [last] = (reply.json as { runs: { state: string }[] }).runs;
            return last?.state === "completed" || undefined;
          });
          return executor;
        };

        await run("w-00001");
        assert.deepEqual([f.wakes, g.wakes], [0, 1]);

        await serve("w-00001");
        await waitFor("both being woken", () => (f.wakes === 1 && g.wakes === 2) || undefined);
        assert.deepEqual([f.calls.length, g.calls.length], [2, 1], "nothing was run");

        await run("w-00002");
        assert.deepEqual([f.wakes, g.wakes], [1, 3]);
      });
    });
  }
});
