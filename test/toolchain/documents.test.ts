import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { pulumiEnvironment } from "../../cli/environment.ts";
import { clientTools, ensureTools } from "../../cluster/toolchain/index.ts";
import { createProgress } from "../../console/progress.ts";
import { readKeys } from "../../settings/read.ts";
import { runDocuments } from "../docs/run.ts";
import { Project } from "../local/support/project.ts";
import { releaseManifest } from "../unit/manifests/release-manifest.ts";

describe("commands of the pages that set stacks up", () => {
  runDocuments("toolchain", async () => {
    const project = await Project.make();
    const { folder } = project;
    const toolchain = await ensureTools(clientTools, createProgress({ logDir: join(folder, "logs") }));
    const env = {
      ...pulumiEnvironment(toolchain, undefined),
      PULUMI_BACKEND_URL: `file://${join(folder, "states")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_CREDENTIALS_PATH: join(folder, "credentials"),
      PULUMI_SKIP_CONFIRMATIONS: "true",
      XDG_STATE_HOME: join(folder, "state"),
    };
    for (const name of ["states", "published"]) await mkdir(join(folder, name));
    for (const file of ["serving-crds", "serving-core", "kourier"]) {
      await writeFile(join(folder, "published", `${file}.yaml`), releaseManifest);
    }
    // What the pages download from the release's address.
    await writeFile(join(folder, "Pulumi.mycluster.yaml"), stringify({ config: { "knflow:manifests": "published" } }));
    // The stack that a reader has when a page begins; several pages make another one.
    await execa("pulumi", ["stack", "init", "dev"], { cwd: folder, env });
    return {
      folder,
      env: { ...process.env, ...env },
      // The dependencies are linked: they are those of the working tree.
      names: [["npm ci", "npm ci --dry-run"]],
      async end() {
        await checkSettings(folder);
        await project.remove();
      },
    };
  });
});

/** What the commands have set is what knflow takes. */
async function checkSettings(folder: string): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
    const { config = {} } = parse(await readFile(join(folder, file), "utf8")) as { config?: Record<string, unknown> };
    const values = Object.entries(config).flatMap(([key, value]): [string, string][] => {
      if (!key.startsWith("knflow:") || isSecret(value)) return [];
      return [[key.slice("knflow:".length), typeof value === "string" ? value : JSON.stringify(value)]];
    });
    readKeys(Object.fromEntries(values));
  }
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}
