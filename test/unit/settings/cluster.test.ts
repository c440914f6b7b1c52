import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf } from "../../../cluster/embedded/layout.ts";
import { chooseCluster } from "../../../settings/cluster.ts";

describe("the choice of a cluster", () => {
  let folder: string;
  let kubeconfig: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-kubeconfig-"));
    kubeconfig = join(folder, "config");
    await writeFile(kubeconfig, "contexts:\n  - name: staging\n  - name: prod\ncurrent-context: prod\n");
  });
  after(() => rm(folder, { recursive: true }));

  it("is never the current context by accident", () => {
    assert.throws(() => chooseCluster({ kubeconfig }), /no cluster is chosen; .* has the contexts: staging, prod/);
  });

  it("refuses a context that is not there and names those that are", () => {
    assert.throws(
      () => chooseCluster({ kubeconfig, context: "dev" }),
      /no context "dev" \(knflow:context\); .*staging, prod/,
    );
  });

  it("takes the context that is named", () => {
    assert.deepEqual(chooseCluster({ kubeconfig, context: "staging" }), { kubeconfig, context: "staging" });
  });

  it("says why a kubeconfig cannot be read", async () => {
    const named = (name: string) => join(folder, name);
    await writeFile(named("broken"), "contexts: [");
    const of = (name: string) => () => chooseCluster({ kubeconfig: named(name), context: "dev" });
    assert.throws(of("broken"), /^UserError: the kubeconfig .*broken is no YAML: /);
    assert.throws(of(""), /^UserError: the kubeconfig .* cannot be read: illegal operation on a directory$/);
    assert.throws(of("absent"), /there is no context "dev" \(knflow:context\); .*absent is not there\./);
  });

  it("refuses two choices at once", () => {
    assert.throws(
      () => chooseCluster({ embedded: "dev", context: "prod" }),
      /only one of knflow:embedded and knflow:context/,
    );
  });

  it("says how to start an embedded cluster that is not there", () => {
    assert.throws(
      () => chooseCluster({ embedded: "no-such-instance" }),
      /npx knflow cluster up --name no-such-instance/,
    );
  });

  it("says how to start an embedded cluster that does not run", async () => {
    const before = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = folder;
    try {
      const { folder: instance, instance: file } = layoutOf("asleep");
      await mkdir(instance, { recursive: true });
      await writeFile(file, JSON.stringify({ name: "asleep", kubeconfig, context: "staging" }));
      assert.throws(
        () => chooseCluster({ embedded: "asleep" }),
        /"asleep" .* does not run; .*npx knflow cluster up --name asleep/,
      );
    } finally {
      if (before === undefined) delete process.env.XDG_STATE_HOME;
      else process.env.XDG_STATE_HOME = before;
    }
  });
});
