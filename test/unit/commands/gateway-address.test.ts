import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { script } from "../toolchain/support.ts";

describe("the gateway's address", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "knflow-unit-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the command with a kubectl that waits, then gets, by these lines of shell. */
  async function address(wait: string, get: string) {
    await script(join(folder, "kubectl"), `case "$*" in *" wait "*) ${wait};; *) ${get};; esac`);
    const file = join(import.meta.dirname, "..", "..", "..", "commands", "gateway-address.ts");
    const env = { PATH: `${folder}:${process.env.PATH}`, KNFLOW_CONTEXT: "c", KNFLOW_READY_TIMEOUT_SECONDS: "90" };
    const { exitCode, stdout, stderr } = await execa(process.execPath, [file], { env, reject: false });
    return { exitCode, stdout, stderr };
  }

  it("is what the load balancer gave, by name or number", async () => {
    for (const [given, url] of [
      ["192.0.2.7", "http://192.0.2.7"],
      ["lb.example.com", "http://lb.example.com"],
      ["2001:db8::7", "http://[2001:db8::7]"],
    ] as const)
      assert.deepEqual(await address("true", `printf ${given}`), { exitCode: 0, stdout: url, stderr: "" });
  });

  it("that cannot be had fails with what to do, and is no address", async () => {
    const advice =
      "where no load balancer gives one, set knflow:externalIp to an address of a node, or knflow:gatewayUrl";
    for (const [wait, get, reason] of [
      ["echo timed out >&2; exit 1", "true", "Kourier's gateway has no address (timed out); "],
      ["true", "echo refused >&2; exit 1", "the address of Kourier's gateway cannot be read (refused); "],
    ] as const) {
      const { exitCode, stdout, stderr } = await address(wait, get);
      assert.deepEqual([exitCode, stdout], [1, ""]);
      assert.ok(stderr.startsWith(reason + advice), stderr);
    }
  });
});
