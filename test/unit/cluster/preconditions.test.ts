import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { layoutOf } from "../../../cluster/embedded/layout.ts";
import { checkPlatform, checkResources, type Resources } from "../../../cluster/embedded/preconditions.ts";
import { UserError } from "../../../console/errors.ts";

/** Whether the user is told all of this. */
const tells =
  (...texts: string[]) =>
  (error: unknown) => {
    assert.ok(error instanceof UserError);
    for (const text of texts) assert.ok(error.message.includes(text), error.message);
    return true;
  };

const gibibyte = 1024 ** 3;
const otherCluster = "set knflow:kubeconfig and knflow:context";

describe("the machine that the embedded cluster is to run on", () => {
  const fits = { platform: "linux", arch: "x64", uid: 0 };

  it("is Linux on x86-64 or arm64, and the user is root", () => {
    for (const arch of ["x64", "arm64"]) assert.doesNotThrow(() => checkPlatform({ ...fits, arch }));
  });

  it("is refused with the ways that remain", () => {
    assert.throws(
      () => checkPlatform({ ...fits, platform: "darwin", uid: 501 }),
      tells("needs Linux; this is darwin.", otherCluster),
    );
    assert.throws(() => checkPlatform({ ...fits, platform: "win32", uid: undefined }), tells("needs Linux"));
    assert.throws(() => checkPlatform({ ...fits, arch: "riscv64" }), tells("this is riscv64.", otherCluster));
    assert.throws(() => checkPlatform({ ...fits, uid: 1000 }), tells("needs root: run", "with sudo", otherCluster));
  });
});

describe("what an instance takes", () => {
  const enough: Resources = { disk: 8 * gibibyte, memory: 3 * gibibyte, missing: [] };
  const check = (resources: Partial<Resources>, name = "unit") =>
    checkResources(layoutOf(name), { ...enough, ...resources });

  it("is there", () => assert.doesNotThrow(() => check({})));

  it("is disk and memory, told with what is there and how to get more", () => {
    assert.throws(() => check({ disk: 7.94 * gibibyte }), tells("7.9 GiB are free", "needs 8.0 GiB", "XDG_STATE_HOME"));
    assert.throws(() => check({ memory: 2.5 * gibibyte }), tells("2.5 GiB of memory", "needs 3.0 GiB", "cluster down"));
  });

  it("is a kernel that makes containers", () => {
    const missing = ["pid namespaces", "overlayfs"];
    assert.throws(
      () => check({ missing }),
      tells("lacks what containers need: pid namespaces, overlayfs.", otherCluster),
    );
  });

  it("is a state folder whose path leaves room for a socket's", () => {
    const before = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = `/${"x".repeat(100)}`;
    try {
      assert.throws(() => check({}), tells("too long for a socket", "XDG_STATE_HOME"));
    } finally {
      if (before === undefined) delete process.env.XDG_STATE_HOME;
      else process.env.XDG_STATE_HOME = before;
    }
  });
});
