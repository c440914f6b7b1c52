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

  it("ends once there is nothing left: what came meanwhile has to go, too", async () => {
    const { exitCode, stderr, calls } = await awaitRemoval(["pod/a\npod/b\n", "", "pod/c\n"], "", "");
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const inNamespace = calls.map((call) => call.replace("--context somewhere -n own ", ""));
    assert.deepEqual(inNamespace, [
      "get pods,routes -o name",
      "wait --for=delete --timeout=660s pod/a pod/b",
      "get pods,routes -o name",
      "wait --for=delete --timeout=660s pod/c",
      "get pods,routes -o name",
    ]);
  });

  it("removes first what a killed update made without writing it down", async () => {
    const { exitCode, calls } = await awaitRemoval(["", "pod/a\n"], "", "", "routes");
    assert.equal(exitCode, 0);
    const ours = "-l app.kubernetes.io/managed-by=knflow --ignore-not-found --wait=false";
    assert.equal(calls[0], `--context somewhere -n own delete routes ${ours}`);
    assert.equal(calls.length, 4);
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
