import { join } from "node:path";
import { runDocuments } from "../docs/run.ts";
import { Project } from "./support/project.ts";

describe("commands of the pages, without a cluster", () => {
  let project: Project;
  before(async () => (project = await Project.make()));
  after(() => project.remove());

  runDocuments("local", () =>
    Promise.resolve({
      folder: project.folder,
      env: { ...process.env, XDG_STATE_HOME: join(project.folder, "state") },
      names: [["--port 8485", "--port 0"]],
      files: true,
    }),
  );
});
