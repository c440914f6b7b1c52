import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { RuntimeProcess, type LogLine, type RuntimeKind, type StartOptions } from "./runtime.ts";

/** What a runtime that cannot load its code leaves behind. */
export interface FailedLoad {
  /** What Kubernetes shows. */
  readonly message: string;
  /** The last line of the log. */
  readonly last: LogLine;
  readonly log: readonly LogLine[];
}

export interface FailedLoadOptions extends StartOptions {
  /** The archive itself is sound: the fault is in the code. Otherwise nothing of it may have been left in place. */
  readonly codeIsSound?: boolean;
}

/** Starts a runtime that must fail to load; checks what holds for every such failure. */
export async function failedLoad(
  kind: RuntimeKind,
  object: string,
  options: FailedLoadOptions = {},
): Promise<FailedLoad> {
  const runtime = await RuntimeProcess.launch(kind, object, options);
  try {
    let over = false;
    const ended = runtime.ended().finally(() => (over = true));
    while (!over) {
      assert.equal(await runtime.isReady(), false, "it was ready without sound code");
      await setImmediate();
    }
    assert.equal(await ended, 1, runtime.output);
    const message = await runtime.terminationMessage();
    const last = runtime.log.at(-1);
    assert.ok(last);
    assert.equal(last.level, "error");
    assert.ok(message.length > 10 && Buffer.byteLength(message) <= 4096);
    assert.doesNotMatch(message, /\n/);
    assert.ok(last.msg.includes(message.slice(0, 1000)), "log and termination message say the same");
    assert.equal(existsSync(join(runtime.workDir, "code")), options.codeIsSound ?? false, "the code's folder");
    return { message, last, log: runtime.log };
  } finally {
    await runtime.stop();
  }
}
