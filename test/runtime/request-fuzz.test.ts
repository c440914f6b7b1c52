import assert from "node:assert/strict";
import fc from "fast-check";
import { tell } from "../../scripts/evidence.ts";
import { jsonRequest, rawRequest, type JsonRequest } from "./support/any-request.ts";
import { putFixture } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";
import { residentKilobytes } from "./support/process-usage.ts";
import { sendRaw } from "./support/raw-request.ts";
import { RuntimeProcess } from "./support/runtime.ts";

describe("requests: whatever is sent", () => {
  let runtimes: RuntimeProcess[];

  before(async () => {
    runtimes = await Promise.all(
      languages.map(async (kind) =>
        RuntimeProcess.start(kind, await putFixture(kind), {
          handler: "main.echo",
          env: { KNFLOW_LOG_LEVEL: "error" },
        }),
      ),
    );
  });
  after(() => Promise.all(runtimes.map((runtime) => runtime.stop())));

  it("a runtime answers below 500 or closes the connection, lives on, and answers the next one", async () => {
    const before = await Promise.all(runtimes.map(({ pid }) => residentKilobytes(pid)));
    const counts = new Map<string, number>();
    let sent = 0;
    await fc.assert(
      // Forty at a time, as they would come.
      fc.asyncProperty(fc.array(rawRequest, { minLength: 40, maxLength: 40 }), async (requests) => {
        for (const runtime of runtimes) {
          const port = Number(new URL(runtime.url).port);
          await Promise.all(
            requests.map(async (bytes) => {
              const { statuses, text } = await sendRaw(port, bytes);
              assert.ok(
                statuses.every((status) => status < 500),
                `${JSON.stringify(bytes.toString("latin1"))}: ${text}`,
              );
              const outcome = String(statuses[0] ?? "closed or waited for");
              counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
            }),
          );
          sent += requests.length;
          assert.deepEqual((await runtime.call({ sent })).json, { sent });
        }
      }),
      { numRuns: 25 },
    );
    const grown = (await Promise.all(runtimes.map(({ pid }) => residentKilobytes(pid)))).map(
      (now, index) => now - (before[index] ?? 0),
    );
    assert.ok(Math.max(...grown) < 100_000, `grew by ${grown.join(" and ")} KB`);
    const outcomes = [...counts].sort().map(([outcome, count]) => `${count} ${outcome}`);
    tell(
      "R14",
      `${sent.toLocaleString("en")} raw requests to both runtimes: no process ended, no 500 (${outcomes.join(", ")})`,
    );
  });

  it("both runtimes give the same status and the same kind of reply to any body", async () => {
    const counts = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(jsonRequest, async ({ method, path, type, body }: JsonRequest) => {
        const headers = type === undefined ? undefined : { "content-type": type };
        const replies = await Promise.all(
          runtimes.map((runtime) =>
            runtime.call(method === "POST" ? body : undefined, { method, path, ...(headers && { headers }) }),
          ),
        );
        const [python, node] = replies.map(({ status, json }) => ({ status, said: saidBy(status, json) }));
        assert.deepEqual(python, node, replies.map(({ text }) => text).join("\n"));
        assert.ok((python?.status ?? 500) < 500);
        counts.set(python?.status ?? 0, (counts.get(python?.status ?? 0) ?? 0) + 1);
      }),
      { numRuns: 2000 },
    );
    const outcomes = [...counts].sort().map(([status, count]) => `${count} times ${status}`);
    tell("R14", `2,000 bodies, queries and content types: the same reply by both runtimes (${outcomes.join(", ")})`);
  });
});

/** What has to be equal: of an error its type, otherwise the value; -0 and 0 are one number in JSON. */
function saidBy(status: number, json: unknown): unknown {
  return status === 200 ? JSON.parse(JSON.stringify(json)) : (json as { error: { type: string } }).error.type;
}
