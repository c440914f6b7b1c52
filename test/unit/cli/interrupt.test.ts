import assert from "node:assert/strict";
import { execa } from "execa";
import { projectRoot } from "../../../cli/root.ts";

/** What a process tells that does this until it is interrupted. */
async function told(work: string): Promise<string> {
  const program = `
import { passInterrupts, untilInterrupted } from "./cli/interrupt.ts";
const interrupt = () => process.kill(process.pid, "SIGINT");
passInterrupts();
await untilInterrupted(async (signal) => { ${work} }, "nothing was changed").then(
  () => console.log("done"),
  ({ name, message, exitCode }) => console.log([message, exitCode].join(", ")),
);`;
  const args = ["--input-type=module", "--eval", program];
  return (await execa(process.execPath, args, { cwd: projectRoot })).stdout;
}

describe("work that may be interrupted", () => {
  it("is told of as such, also where what the signal ended is seen before the signal", async () => {
    const interrupted = 'setTimeout(interrupt, 20); throw new Error("a child ended");';
    // A process that gets no processor meanwhile.
    const busy = "setImmediate(() => { for (const end = Date.now() + 200; Date.now() < end; ); });";
    for (const work of [interrupted, busy + interrupted])
      assert.equal(await told(work), "nothing was changed, 130", work);
  });

  it("fails by its own error otherwise, and ends where nothing happens", async () => {
    assert.equal(await told('throw new Error("no");'), "no, ");
    assert.equal(await told(""), "done");
  });
});
