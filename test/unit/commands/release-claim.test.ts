import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { script } from "../toolchain/support.ts";

describe("releasing a claim", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "knflow-unit-"))));
  afterEach(() => rm(folder, { recursive: true }));

  const deployment = (name: string, claimName?: string) => ({
    metadata: { name },
    spec: {
      template: { spec: claimName === undefined ? {} : { volumes: [{ persistentVolumeClaim: { claimName } }] } },
    },
  });

  /** What the command has kubectl do where these Deployments are left. */
  async function calls(...items: object[]): Promise<string[]> {
    const [told, list] = [join(folder, "calls"), join(folder, "list.json")];
    await writeFile(list, JSON.stringify({ items }));
    await script(join(folder, "bin", "kubectl"), `echo "$*" >> ${told}`, `cat ${list}`);
    await execa(process.execPath, [join(import.meta.dirname, "../../../commands/release-claim.ts")], {
      env: {
        PATH: `${join(folder, "bin")}:${process.env.PATH}`,
        KNFLOW_CONTEXT: "somewhere",
        KNFLOW_NAMESPACE: "own",
        KNFLOW_CLAIM: "code",
      },
    });
    return (await readFile(told, "utf8")).trim().split("\n");
  }

  it("removes it behind Deployments that use it, of which the stack does not know, and waits for their Pods' end", async () => {
    const [, users, claim, ...more] = await calls(
      deployment("nginx-file-server", "code"),
      deployment("run-store", "runs"),
      deployment("run-keeper"),
    );
    assert.match(users ?? "", /-n own delete deployments\.apps nginx-file-server .*--cascade=foreground/);
    assert.match(claim ?? "", /-n own delete persistentvolumeclaims code --ignore-not-found/);
    assert.deepEqual(more, []);
  });

  it("asks for nothing else where there are none, which is the usual", async () => {
    const [, claim, ...more] = await calls(deployment("run-store", "runs"));
    assert.match(claim ?? "", /delete persistentvolumeclaims code/);
    assert.deepEqual(more, []);
  });
});
