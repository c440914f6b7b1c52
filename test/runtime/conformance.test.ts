import assert from "node:assert/strict";
import { callConformance } from "./conformance-calls.ts";
import { conformance } from "./conformance.ts";
import { checkCase, requestOf } from "./conformance-check.ts";
import { Callees } from "./support/callees.ts";
import { putFixture } from "./support/fixture.ts";
import { node } from "./support/node.ts";
import { python, RuntimeProcess, type RuntimeKind } from "./support/runtime.ts";

const cases = [...conformance, ...callConformance];
const runtimes: readonly RuntimeKind[] = [python, node];

for (const kind of runtimes) {
  describe(`conformance: ${kind.name}`, () => {
    let object: string;
    let callees: Callees;

    before(async () => {
      object = await putFixture(kind);
      callees = await Callees.start();
    });
    after(() => callees.stop());

    for (const handler of new Set(cases.map((each) => each.handler))) {
      describe(handler, () => {
        let runtime: RuntimeProcess;

        before(async () => {
          runtime = await RuntimeProcess.start(kind, object, { handler: `main.${handler}`, env: callees.env });
        });

        after(async () => {
          assert.equal(await runtime.isReady(), true, "the runtime did not survive its requests");
          assert.ok(runtime.log.length > 0);
          await runtime.stop();
        });

        for (const each of cases.filter((each) => each.handler === handler)) {
          it(each.name, async () => {
            const { body, ...options } = requestOf(each);
            checkCase(each, await runtime.call(body, options));
          });
        }
      });
    }
  });
}
