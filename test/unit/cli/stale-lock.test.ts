import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { isStaleLock } from "../../../cli/pulumi/stale-lock.ts";

const refusal = (...locks: string[]) =>
  [
    `the stack is currently locked by ${locks.length} lock(s). Either wait for the other process(es) to end or delete ` +
      "the lock file with `pulumi cancel`.",
    ...locks.map(
      (by) => `  file:///state/.pulumi/locks/organization/knflow/dev/1.json: created by ${by} at 2026-01-01`,
    ),
  ].join("\n");

describe("a stale lock of a stack", () => {
  const ended = spawnSync("true").pid;

  it("is that of a process of this machine that has ended", () => {
    assert.equal(isStaleLock(refusal(`root@${hostname()} (pid ${ended})`)), true);
  });
  it("is none that runs, none of another machine, and none where one of several is none", () => {
    const running = `root@${hostname()} (pid ${process.pid})`;
    assert.equal(isStaleLock(refusal(running)), false);
    assert.equal(isStaleLock(refusal(`root@elsewhere (pid ${ended})`)), false);
    assert.equal(isStaleLock(refusal(`root@${hostname()} (pid ${ended})`, running)), false);
  });
  it("is none in a backend that others share, who may have this host name and processes that are not seen here", () => {
    const shared = refusal(`root@${hostname()} (pid ${ended})`).replace("file:///state", "s3://bucket");
    assert.equal(isStaleLock(shared), false);
  });
  it("is no other error", () => {
    assert.equal(isStaleLock("no stack named 'dev' found"), false);
  });
});
