import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../cli/root.ts";
import { instanceDir } from "../../cluster/paths.ts";
import type { BenchCluster } from "./bench-cluster.ts";

const project = "name: empty\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n";

/** A Pulumi program that makes nothing, run by the same engine, language host and Node, with state beside knflow's. */
export async function emptyProgram({
  instance,
  project: { environment },
}: BenchCluster): Promise<() => Promise<unknown>> {
  const folder = join(instanceDir(instance.name), "bench-empty");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "Pulumi.yaml"), project);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  await writeFile(join(folder, "index.ts"), "export {};\n");
  // One that an earlier run left may lead to a clone that is gone.
  await rm(join(folder, "node_modules"), { force: true });
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
  const pulumi = (...args: string[]) =>
    execa("pulumi", [...args, "--stack", "empty", "--non-interactive"], {
      cwd: folder,
      env: environment,
      stdin: "ignore",
    });
  await pulumi("stack", "select", "--create");
  return () => pulumi("up", "--yes", "--skip-preview");
}
