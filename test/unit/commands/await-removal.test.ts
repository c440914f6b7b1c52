import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { script } from "../toolchain/support.ts";

describe("waiting for a removal", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "knflow-unit-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the command with a kubectl that answers `lists` one after another, and for all namespaces `elsewhere`. */
  async function awaitRemoval(
    lists: readonly string[],
    elsewhere: string,
    shared = "services.serving.knative.dev",
    unrecorded = "",
  ) {
    const calls = join(folder, "calls");
    await script(
      join(folder, "bin", "kubectl"),
      `echo "$*" >> ${calls}`,
      `case "$*" in *--all-namespaces*) printf '${elsewhere}'; exit;; esac`,
      `case $(wc -l < ${calls}) in`,
      ...lists.map((list, index) => `${index + 1}) printf '${list}';;`),
      "esac",
    );
    const file = join(import.meta.dirname, "..", "..", "..", "commands", "await-removal.ts");
    const { exitCode, stderr } = await execa(process.execPath, [file], {
      env: {
        PATH: `${join(folder, "bin")}:${process.env.PATH}`,
        KNFLOW_CONTEXT: "somewhere",
        KNFLOW_NAMESPACE: "own",
        KNFLOW_KINDS: "pods,routes",
        ...(shared === "" ? {} : { KNFLOW_SHARED_KIND: shared }),
        ...(unrecorded === "" ? {} : { KNFLOW_UNRECORDED_KIND: unrecorded }),
      },
      reject: false,
    });
    return { exitCode, stderr, calls: (await readFile(calls, "utf8")).trim().split("\n") };
  }

  // What is left of the whole time when a second is over.
  const inNamespace = (calls: string[]) =>
    calls.map((call) => call.replace("--context somewhere -n own ", "").replace(/=6[0-5]\ds/, "=660s"));
  const getPods = "get pods -l app.kubernetes.io/managed-by=knflow -o name";
  const wait = "wait --for=delete --timeout=660s";

  it("ends once there is nothing left of any kind: what came meanwhile has to go, too", async () => {
    const { exitCode, stderr, calls } = await awaitRemoval(
      ["pod/a\npod/b\n", "", "pod/c\n", "", "", "route/d"],
      "",
      "",
    );
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const getRoutes = "get routes -o name";
    const [first, second] = [`${wait} pod/a pod/b`, `${wait} pod/c`];
    assert.deepEqual(inNamespace(calls), [
      getPods,
      first,
      getPods,
      second,
      getPods,
      getRoutes,
      `${wait} route/d`,
      getRoutes,
    ]);
  });

  it("goes on where the cluster did not answer once", async () => {
    const { exitCode, calls } = await awaitRemoval(["'; echo refused >&2; exit 1; '", "pod/a\n"], "", "");
    assert.equal(exitCode, 0);
    assert.deepEqual(inNamespace(calls).slice(0, 2), [getPods, getPods]);
    assert.match(calls[2] ?? "", /wait --for=delete .*pod\/a$/);
  });

  it("removes first what a killed update made without writing it down", async () => {
    const { exitCode, calls } = await awaitRemoval([], "", "", "routes");
    assert.equal(exitCode, 0);
    const ours = "-l app.kubernetes.io/managed-by=knflow --ignore-not-found --wait=false";
    assert.deepEqual(inNamespace(calls).slice(0, 2), [`delete routes ${ours}`, getPods]);
  });

  it("fails, and names the places, where others still need what would be removed next", async () => {
    const { exitCode, stderr } = await awaitRemoval([""], "theirs theirs knflow-other");
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      "Knative is still used in other namespaces: theirs, knflow-other; destroy the stacks there " +
        "(or delete their services.serving.knative.dev), then run this again",
    );
    assert.equal((await awaitRemoval([""], "")).exitCode, 0);
  });
});
