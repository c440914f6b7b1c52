import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeArchive } from "../../archive/code-object.ts";
import { createProgram, projectRoot, type TestProgram } from "./support/program.ts";

const text = `
import { describeArchive } from "${projectRoot}/archive/code-object.ts";
import { CodeArchive } from "${projectRoot}/components/code-archive.ts";
import { StoredObjects } from "${projectRoot}/components/stored-objects.ts";

export default async () => {
  for (const name of ["pay", "ship"]) {
    const archive = await describeArchive("orders", name, { folder: name });
    const stored = new StoredObjects(undefined);
    new CodeArchive(name, { archive, namespace: "test", volume: "claim", clusterEnvironment: {}, stored });
  }
};
`;

describe("pulumi preview --diff", () => {
  let program: TestProgram;
  before(async () => {
    program = await createProgram(text);
    for (const folder of ["pay", "ship", "commands"]) await mkdir(join(program.folder, folder));
    // In place of the push, which needs a cluster.
    await writeFile(join(program.folder, "commands", "push-archive.ts"), 'console.log("pushed");\n');
    await code("pay", "1");
    await code("ship", "1");
    await program.pulumi(["stack", "init", "test"]);
    await program.pulumi(["up", "--yes", "--skip-preview"]);
  });
  after(() => program.remove());

  const code = (name: string, value: string) => writeFile(join(program.folder, name, "main.py"), `x = ${value}\n`);
  const digest = async (name: string) =>
    (await describeArchive("orders", name, { folder: join(program.folder, name) })).sha256;

  it("shows of a changed function from which digest to which it goes, and nothing of one that is as it was", async () => {
    const before = await digest("pay");
    await code("pay", "2");
    const shown = await program.pulumi(["preview", "--diff"]);
    assert.match(shown, new RegExp(`KNFLOW_SHA256 *: "${before}" => "${await digest("pay")}"`));
    assert.doesNotMatch(shown, /ship/);
  });
});
