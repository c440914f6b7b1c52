import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { SourceFile } from "../../archive/source-tree.ts";
import { inTemporaryFolder } from "../../cli/temporary-folder.ts";
import { findPython } from "../../dependencies/pip.ts";
import type { Workload } from "../cluster/workloads.ts";

const start = "opt/knflow/baked_start.py";
/** What an image with a function inside has otherwise than the runtime's. */
export const bakedConfig = { Entrypoint: ["python3", "-S", `/${start}`] };

/** The script that starts the runtime on code of the image. */
export async function bakedStart(): Promise<SourceFile> {
  return { path: start, content: await readFile(join(import.meta.dirname, "baked_start.py")) };
}

/** A function's files where that script looks for them. */
export function bakedFiles(files: Workload): SourceFile[] {
  return Object.entries(files).map(([path, content]) => ({
    path: `opt/function/${path}`,
    content: Buffer.from(content),
  }));
}

/** The same, and their bytecode, as an image that is built with care has it: nothing is compiled when a container starts. */
export function compiledFiles(files: readonly SourceFile[]): Promise<SourceFile[]> {
  return inTemporaryFolder("knflow-bench-", async (folder) => {
    for (const { path, content } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    // Debian's Python, as the base image has it: bytecode is good for one minor version alone.
    const compile = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", folder];
    await execa(await findPython(), compile);
    const { stdout } = await execa("find", [folder, "-type", "f", "-printf", "%P\\n"]);
    const paths = stdout.split("\n").filter(Boolean).sort();
    return Promise.all(paths.map(async (path) => ({ path, content: await readFile(join(folder, path)) })));
  });
}
