import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { Agent } from "undici";
import { putFixture, serving } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";
import { processorSeconds } from "./support/process-usage.ts";
import { python, RuntimeProcess, type RuntimeKind } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";

for (const kind of languages) {
  describe(`serving: at the same time: ${kind.name}`, () => {
    for (const handler of ["sleep", "sleep_async"]) {
      it(`${handler}: 20 calls are all under way before the first one is answered`, async () => {
        await serving(kind, handler, {}, async (runtime) => {
          let answered = 0;
          const calls = Array.from({ length: 20 }, async () => {
            const reply = await runtime.call({ seconds: 5 });
            answered += 1;
            return reply;
          });
          await underWay(runtime, 20);
          assert.equal(answered, 0);
          assert.ok((await Promise.all(calls)).every((reply) => reply.json === "slept"));
        });
      });
    }

    it("1,000 mixed calls over 50 connections: every reply is its own call's", async () => {
      await serving(kind, "echo", { KNFLOW_LOG_LEVEL: "warn" }, async (runtime) => {
        const dispatcher = new Agent({ connections: 50 });
        const calls = Array.from({ length: 1000 }, async (_, n) => {
          const text = `${n} `.repeat(n % 50);
          const bad = n % 10 === 9;
          const reply = await runtime.call(bad ? `{"n": ${n}` : { n, text }, {
            dispatcher,
            headers: { "x-knflow-run-id": `run-${n}` },
          });
          assert.equal(reply.headers["x-knflow-run-id"], `run-${n}`);
          if (bad) assert.equal(reply.status, 400);
          else assert.deepEqual(reply.json, { n, text });
        });
        await Promise.all(calls);
        await dispatcher.close();
      });
    });
  });
}

describe("serving: at the same time: python alone", () => {
  it("plain functions get no more threads than allowed; the others wait", async () => {
    await serving(python, "sleep", { KNFLOW_MAX_THREADS: "2" }, async (runtime) => {
      const begun = performance.now();
      await Promise.all(Array.from({ length: 6 }, () => runtime.call({ seconds: 0.2 })));
      assert.ok(performance.now() - begun >= 600);
    });
  });

  it("/health answers while plain functions are busy", async () => {
    await serving(python, "spin", {}, async (runtime) => {
      const calls = Array.from({ length: 4 }, () => runtime.call({ seconds: 3 }));
      const begun = performance.now();
      assert.equal(await runtime.isReady(), true);
      assert.ok(performance.now() - begun < 2900, `${performance.now() - begun} ms`);
      await Promise.all(calls);
    });
  });
});

for (const kind of languages) {
  describe(`serving: calls beyond their timeout: ${kind.name}`, () => {
    const env = { KNFLOW_TIMEOUT_SECONDS: "1.5" };

    for (const handler of ["sleep", "sleep_async", "spin"]) {
      it(`${handler}: 504 at the limit, and the next call is served`, async () => {
        await serving(kind, handler, env, async (runtime) => {
          const begun = performance.now();
          // Node's watchdog ends a process whose event loop was held for 5 s more than the timeout.
          const { status, json } = await runtime.call({ seconds: 5 });
          const took = performance.now() - begun;
          assert.equal(status, 504);
          const { error } = json as { error: Record<string, string> };
          assert.equal(error.type, "Timeout");
          assert.equal(error.message, "the handler did not answer within 1.5 s");
          assert.ok(took >= 1490 && took < 4900, `${took} ms`);
          const line = await runtime.logged("the timeout", (line) => line.status === 504);
          assert.equal(line.runId, error.id);
          assert.equal((await runtime.call({ seconds: 0 })).status, 200);
        });
      });
    }

    it("calls that hang do not use up the threads", async () => {
      await serving(kind, "sleep", { ...env, KNFLOW_MAX_THREADS: "4" }, async (runtime) => {
        const hanging = await Promise.all(Array.from({ length: 3 }, () => runtime.call({ seconds: 20 })));
        assert.deepEqual(
          hanging.map((reply) => reply.status),
          [504, 504, 504],
        );
        const replies = await Promise.all(Array.from({ length: 4 }, () => runtime.call({ seconds: 0.1 })));
        assert.ok(replies.every((reply) => reply.status === 200));
      });
    });

    it("a handler that ends the process ends just that", async () => {
      await serving(kind, "crash", {}, async (runtime) => {
        await assert.rejects(runtime.call({}));
        assert.equal(await runtime.ended(), 7);
      });
    });
  });
}

describe("serving: calls beyond their timeout: python alone", () => {
  const env = { KNFLOW_TIMEOUT_SECONDS: "0.3" };

  it("a plain function that loops for ever is ended: it does not go on using the processor", async () => {
    await serving(python, "spin", env, async (runtime) => {
      assert.equal((await runtime.call({ seconds: 1000 })).status, 504);
      await waitFor("rest", async () => {
        const before = await processorSeconds(runtime.pid);
        await pause(1000);
        return (await processorSeconds(runtime.pid)) - before < 0.05 || undefined;
      });
    });
  });

  it("when as many calls hang as there are threads, the process ends, so that Kubernetes starts a fresh one", async () => {
    await serving(python, "sleep", { ...env, KNFLOW_MAX_THREADS: "2" }, async (runtime) => {
      await Promise.all(Array.from({ length: 2 }, () => runtime.call({ seconds: 1000 })));
      assert.equal(await runtime.ended(), 1);
      await runtime.logged("why", (line) => line.level === "error" && /2 calls hang/.test(line.msg));
    });
  });

  it("calls that wait for a thread have their timeout too", async () => {
    const patient = { KNFLOW_TIMEOUT_SECONDS: "5", KNFLOW_MAX_THREADS: "1" };
    await serving(python, "sleep", { ...env, ...patient }, async (runtime) => {
      const replies = await Promise.all([3, 3, 3].map((seconds) => runtime.call({ seconds })));
      assert.ok(replies.some((reply) => reply.status === 504) && replies.some((reply) => reply.status === 200));
    });
  });
});

for (const kind of languages) {
  describe(`serving: the end: ${kind.name}`, () => {
    for (const handler of ["sleep", "sleep_async"]) {
      it(`${handler}: SIGTERM lets calls in flight finish, takes no new ones, and ends with 0`, async () => {
        await serving(kind, handler, {}, async (runtime) => {
          const calls = Array.from({ length: 5 }, () => runtime.call({ seconds: 1 }));
          await underWay(runtime, 5);
          runtime.signal("SIGTERM");
          await waitFor("a closed port", async () => ((await accepts(runtime.url)) ? undefined : true));
          const replies = await Promise.all(calls);
          assert.ok(replies.every((reply) => reply.json === "slept"));
          assert.equal(await runtime.ended(), 0);
        });
      });
    }

    it("SIGTERM lets a call finish that came before the code was there", async () => {
      const object = await putFixture(kind);
      const { fileServer } = shared();
      await fileServer.stop();
      const runtime = await RuntimeProcess.launch(kind, object, { handler: "main.sleep" });
      try {
        await runtime.logged("an attempt to load it", (line) => line.msg.startsWith("download failed"));
        const call = runtime.call({ seconds: 1 });
        await fileServer.resume();
        await underWay(runtime, 1);
        runtime.signal("SIGTERM");
        assert.equal((await call).json, "slept");
        assert.equal(await runtime.ended(), 0);
      } finally {
        await fileServer.resume();
        await runtime.stop();
      }
    });

    it("SIGTERM lets an answer be read to its end", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        const event = { text: "x".repeat(15 * 1024 * 1024) };
        const asked = request(runtime.url, { method: "POST", headers: { "content-type": "application/json" } });
        asked.end(JSON.stringify(event));
        const [response] = (await once(asked, "response")) as [IncomingMessage];
        // Neither side has room for all of it: the most of it is still in the runtime.
        runtime.signal("SIGTERM");
        await waitFor("a closed port", async () => ((await accepts(runtime.url)) ? undefined : true));
        assert.deepEqual(await json(response), event);
        assert.equal(await runtime.ended(), 0);
      });
    });

    it("without calls it ends at once, idle connections or not", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        await runtime.call({});
        const begun = performance.now();
        runtime.signal("SIGTERM");
        assert.equal(await runtime.ended(), 0);
        assert.ok(performance.now() - begun < 10_000);
      });
    });

    it("a call that hangs does not hold up the end beyond its timeout", async () => {
      await serving(kind, "sleep", { KNFLOW_TIMEOUT_SECONDS: "1" }, async (runtime) => {
        const call = runtime.call({ seconds: 1000 });
        await underWay(runtime, 1);
        runtime.signal("SIGTERM");
        assert.equal((await call).status, 504);
        assert.equal(await runtime.ended(), 0);
      });
    });
  });
}

/** What takes its time, in all languages at once. */
describe("serving: for seconds", () => {
  const env = { KNFLOW_TIMEOUT_SECONDS: "0.3" };
  const inAll = (work: (kind: RuntimeKind) => Promise<void>) => Promise.all(languages.map(work));

  it("an async handler that blocks the loop ends the process in the end", async () => {
    await inAll((kind) =>
      serving(kind, "block_the_loop", env, async (runtime) => {
        const call = runtime.call({ seconds: 1000 }).catch(() => undefined);
        assert.equal(await runtime.ended(), 1);
        await call;
        const line = await runtime.logged("why", (line) => /blocked the event loop/.test(line.msg));
        assert.match(String(line.trace), /main\.(py|ts).*block_the_loop|block_the_loop.*main\.ts/s);
      }),
    );
  });

  it("keeps idle connections longer than queue-proxy does", async () => {
    await inAll((kind) =>
      serving(kind, "echo", {}, async (runtime) => {
        const socket = connect(Number(new URL(runtime.url).port), "127.0.0.1");
        let closed = false;
        socket.on("close", () => (closed = true));
        let answer = "";
        socket.on("data", (chunk) => (answer += chunk.toString()));
        socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        await waitFor("a reply", () => answer.includes("ok") || undefined);
        await pause(5500); // uvicorn's own default is 5 s
        assert.equal(closed, false);
        socket.destroy();
      }),
    );
  });
});

async function accepts(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

async function underWay(runtime: RuntimeProcess, calls: number): Promise<void> {
  const begun = () => runtime.log.filter((line) => line.msg === "sleeping").length;
  await waitFor(`${calls} calls under way`, () => begun() >= calls || undefined);
}
