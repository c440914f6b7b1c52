import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { runDocuments } from "../docs/run.ts";
import { Project } from "./support/project.ts";

describe("commands of the pages, without a cluster", () => {
  let project: Project;
  before(async () => (project = await Project.make()));
  after(() => project.remove());

  it("npx finds knflow in the project", async () => {
    const { stdout } = await execa("npx", ["--no", "knflow", "--version"], { cwd: project.folder });
    assert.match(stdout, /^\d+\.\d+\.\d+$/);
  });

  runDocuments("local", () =>
    Promise.resolve({
      folder: project.folder,
      env: { ...process.env, XDG_STATE_HOME: join(project.folder, "state") },
      files: true,
    }),
  );
});
