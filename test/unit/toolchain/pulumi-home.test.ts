import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makePulumiHome } from "../../../cluster/toolchain/pulumi-home.ts";
import { inSandbox } from "./support.ts";

describe("a Pulumi home of knflow's own", () => {
  it("has no folder for Pulumi's debug logs, also where one was before, and keeps everything else", () =>
    inSandbox(async (folder) => {
      const home = join(folder, "home");
      await makePulumiHome(home);
      assert.ok((await stat(join(home, "logs"))).isFile());

      const older = join(folder, "older");
      await mkdir(join(older, "logs"), { recursive: true });
      await writeFile(join(older, "logs", "pulumi.log"), "much");
      await writeFile(join(older, "credentials.json"), "{}");
      await makePulumiHome(older);
      await makePulumiHome(older);
      assert.ok((await stat(join(older, "logs"))).isFile());
      assert.equal(await readFile(join(older, "credentials.json"), "utf8"), "{}");
    }));
});
