import assert from "node:assert/strict";
import { putFixture } from "./support/fixture.ts";
import { languages } from "./support/languages.ts";
import { processorSeconds } from "./support/process-usage.ts";
import { RuntimeProcess } from "./support/runtime.ts";
import { executorKind } from "./support/executor.ts";
import { putDefinition } from "./workflow-support.ts";

/** Bytes: half of what a body may have. */
const size = 8 * 1024 * 1024;
/** Seconds of processor time for one of them; where a byte costs more than a few steps, it takes minutes to months. */
const enough = 15;

const filled = (begin: string, piece: string, end = "") =>
  begin + piece.repeat(Math.floor((size - begin.length - end.length) / piece.length)) + end;
const bodies = {
  "a text that does not end, of escaped quotes, behind many lists": filled('["'.padStart(302, "["), '\\"'),
  "a text of backslashes": filled('["', "\\\\", '"]'),
  "numbers of 199 digits": filled("[0", `,${"1".repeat(199)}`, "]"),
  "one number without an end": filled("[", "1"),
  "letters that might be exponents": filled('["', "1e1", '"]'),
  "lists side by side": filled("[[]", ",[]", "]"),
  "lists that do not end": filled("", "["),
  spaces: filled("[", " ", "]"),
};

const tasks = [{ only: { set: { done: true } } }];
const servers = [
  ...languages.map((kind) => ({ name: kind.name, parts: async () => [kind, await putFixture(kind)] as const })),
  { name: "executor", parts: async () => [executorKind, await putDefinition(tasks)] as const },
];

for (const { name, parts } of servers) {
  describe(`bodies made to keep a process busy: ${name}`, () => {
    let server: RuntimeProcess;
    before(async () => {
      const [kind, archive] = await parts();
      const options = name === "executor" ? {} : { handler: "main.echo" };
      server = await RuntimeProcess.start(kind, archive, { ...options, env: { KNFLOW_TIMEOUT_SECONDS: "80" } });
    });
    after(() => server.stop());

    for (const [what, body] of Object.entries(bodies)) {
      it(what, async () => {
        const before = await processorSeconds(server.pid);
        const { status } = await server.call(body);
        const took = (await processorSeconds(server.pid)) - before;
        assert.ok([200, 400].includes(status), `status ${status}`);
        assert.ok(took < enough, `${took} s`);
      });
    }
  });
}
