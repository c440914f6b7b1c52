import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { maxBodyBytes } from "./conformance.ts";
import { serving } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";
import { residentKilobytes } from "./support/process-usage.ts";
import { type LogLine, type RuntimeProcess } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";

for (const kind of languages) {
  describe(`requests: run ids: ${kind.name}`, () => {
    it("makes one where none came or an unsound one, and never the same twice", async () => {
      await serving(kind, "with_context", {}, async (runtime) => {
        const seen = new Set<string>();
        for (const sent of [undefined, "", "x".repeat(129), "a b", 'a"b', "ü", "a;b"]) {
          const headers: Record<string, string> =
            sent === undefined ? {} : { "x-knflow-run-id": Buffer.from(sent).toString("latin1") };
          const reply = await runtime.call({}, { headers });
          const id = String(reply.headers["x-knflow-run-id"]);
          assert.match(id, /^[0-9a-f]{32}$/);
          assert.equal((reply.json as { runId: string }).runId, id);
          seen.add(id);
        }
        assert.equal(seen.size, 7);
      });
    });

    it("says the id in every line that belongs to the run", async () => {
      await serving(kind, "talk", {}, async (runtime) => {
        await Promise.all(
          ["one", "two", "three"].map((id) => runtime.call({ text: id }, { headers: { "x-knflow-run-id": id } })),
        );
        for (const id of ["one", "two", "three"]) {
          await runtime.logged(`the call ${id}`, (line) => line.runId === id && line.msg === "call");
          const lines = runtime.log.filter((line) => line.runId === id);
          const said = lines.map((line) => [line.level, line.stream ?? line.logger, line.msg]);
          assert.deepEqual(said, [
            ["info", "stdout", `printed: ${id}`],
            ["info", "stdout", "two"],
            ["info", "stdout", "lines"],
            ["warn", "stderr", "to standard error"],
            ...(kind.name === "python" ? [["warn", "shop", `logged: ${id}`]] : []),
            ["info", "stdout", "without a line break"],
            ["info", undefined, "call"],
          ]);
        }
      });
    });
  });
}

for (const kind of languages) {
  describe(`requests: what is logged: ${kind.name}`, () => {
    async function lineOf(runtime: RuntimeProcess, body: unknown): Promise<LogLine> {
      const reply = await runtime.call(body);
      const id = reply.headers["x-knflow-run-id"];
      return runtime.logged("the call", (line) => line.runId === id && /^call|^request/.test(line.msg));
    }

    it("a call: input, output, status, duration, and where it ran", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        const input = { text: 'grüße 😀\n"quoted"\u2028', list: [1, null] };
        const { ts, runId, durationMs, ...line } = await lineOf(runtime, JSON.stringify(input, null, 2));
        assert.match(ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.ok(Math.abs(Date.parse(ts) - Date.now()) < 60_000);
        assert.match(String(runId), /^[0-9a-f]{32}$/);
        assert.ok(Number(durationMs) >= 0);
        assert.deepEqual(line, {
          level: "info",
          msg: "call",
          status: 200,
          function: "function-under-test",
          workflow: "workflow-under-test",
          revision: "function-under-test-00001",
          input,
          output: input,
        });
      });
    });

    it("a failed call: the exception with its stack trace, which no client sees", async () => {
      await serving(kind, "fail", {}, async (runtime) => {
        const line = await lineOf(runtime, { message: "no flour" });
        assert.equal(line.level, "error");
        assert.equal(line.msg, "call failed");
        assert.equal(line.status, 500);
        assert.deepEqual(line.input, { message: "no flour" });
        const { trace, ...error } = line.error as Record<string, string>;
        assert.deepEqual(error, { type: "HandlerError", exception: "OutOfStock", message: "no flour" });
        assert.doesNotMatch(trace ?? "", /knflow_runtime/);
        assert.match(trace ?? "", /Traceback .*main\.py", line \d+, in fail|OutOfStock: .*at fail \(.*main\.ts:\d+/s);
      });
    });

    it("long payloads: their beginning and their size", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        const line = await lineOf(runtime, { text: "ü".repeat(5000) });
        assert.equal(line.input, undefined);
        assert.equal(line.inputBytes, 10_011);
        assert.equal(line.outputBytes, 10_011);
        assert.equal(line.inputStart, `{"text":"${"ü".repeat(507)}`);
      });
    });

    it("whole lines, also where standard output is a pipe that is full and does not block", async () => {
      const piped = { ...kind, command: () => ["bash", "-c", 'exec "$0" "$@" > >(cat)', ...kind.command()] as const };
      await serving(piped, "flood", {}, async (runtime) => {
        const event = { lines: 500, text: "日".repeat(8000) };
        await lineOf(runtime, event);
        const printed = runtime.log.filter(({ stream }) => stream === "stdout");
        assert.deepEqual(
          printed.map(({ msg }) => msg),
          Array.from({ length: event.lines }, () => event.text),
        );
      });
    });

    it("no payloads at all where that is wanted", async () => {
      await serving(kind, "echo", { KNFLOW_LOG_PAYLOAD_BYTES: "0" }, async (runtime) => {
        await lineOf(runtime, { secret: "canary-7391" });
        assert.doesNotMatch(runtime.output, /canary-7391/);
      });
    });

    it("refused requests: a warning", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        const line = await lineOf(runtime, "{");
        assert.deepEqual([line.level, line.status], ["warn", 400]);
      });
    });

    it("only what the level asks for", async () => {
      await serving(kind, "echo", { KNFLOW_LOG_LEVEL: "warn" }, async (runtime) => {
        await runtime.call({});
        await lineOf(runtime, "{");
        assert.deepEqual(new Set(runtime.log.map((line) => line.level)), new Set(["warn"]));
      });
    });
  });
}

for (const kind of languages) {
  describe(`requests: limits: ${kind.name}`, () => {
    it("a limit of one's own", async () => {
      await serving(kind, "echo", { KNFLOW_MAX_BODY_BYTES: "10" }, async (runtime) => {
        assert.equal((await runtime.call('"12345678"')).status, 200);
        assert.equal((await runtime.call('"123456789"')).status, 413);
      });
    });

    it("a body that is refused never fills the memory, and its connection goes on", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        const before = await residentKilobytes(runtime.pid);
        const socket = connect(Number(new URL(runtime.url).port), "127.0.0.1");
        let answer = "";
        socket.on("data", (chunk) => (answer += chunk.toString()));
        const body = Buffer.alloc(100_000_000, "x");
        socket.write(
          `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${3 * body.length}\r\n\r\n`,
        );
        for (let time = 0; time < 3; time++) if (!socket.write(body)) await once(socket, "drain");
        await waitFor("the refusal", () => /^HTTP\/1\.1 413/.test(answer) || undefined);
        socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        await waitFor("the next reply", () => /{"status":"ok"}$/.test(answer) || undefined);
        socket.destroy();
        const grown = (await residentKilobytes(runtime.pid)) - before;
        // Node.js lets what it has read lie until there is enough of it to look for.
        const most = (kind.name === "node" ? 10 : 3) * (maxBodyBytes / 1024);
        assert.ok(grown < most, `grew by ${grown} KB`);
      });
    });

    it("a client that waits for permission gets the refusal first", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        const socket = connect(Number(new URL(runtime.url).port), "127.0.0.1");
        let answer = "";
        socket.on("data", (chunk) => (answer += chunk.toString()));
        const ended = once(socket, "close");
        socket.write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100000000\r\n\r\n");
        await ended;
        assert.match(answer, /^HTTP\/1\.1 413 .*connection: close/s);
      });
    });

    it("a client that goes away in the middle leaves nothing behind", async () => {
      await serving(kind, "echo", {}, async (runtime) => {
        for (let i = 0; i < 20; i++) {
          const socket = connect(Number(new URL(runtime.url).port), "127.0.0.1");
          socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"half":');
          await once(socket, "connect");
          socket.destroy();
        }
        assert.deepEqual((await runtime.call([1])).json, [1]);
      });
    });
  });
}
