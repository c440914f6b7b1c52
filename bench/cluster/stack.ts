import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { BenchProject } from "./project.ts";
import type { Workload } from "./workloads.ts";

/** The last lines of a command's output that a failure shows. */
const shownLines = 40;

/** A stack of the benchmark's project. */
export class BenchStack {
  readonly name: string;
  readonly namespace: string;
  /** The folder of its workflows, relative to the project. */
  readonly functions: string;
  readonly project: BenchProject;

  constructor(project: BenchProject, name: string) {
    this.project = project;
    this.name = name;
    this.namespace = `knflow-${name}`;
    this.functions = `functions-${name}`;
  }

  /** Puts these workflows in the place of all that were there. */
  async write(workload: Workload): Promise<void> {
    await rm(join(this.project.folder, this.functions), { recursive: true, force: true });
    for (const [file, content] of Object.entries(workload)) await this.writeFile(file, content);
  }

  /** @param file below the folder of its workflows */
  async writeFile(file: string, content: string | Buffer): Promise<void> {
    const path = join(this.project.folder, this.functions, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  /** `pulumi up`, as a user runs it once he has seen the preview. */
  up(...args: string[]): Promise<string> {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  /** Takes back what keeps its functions awake: their pods would have the room of other cases' pods. */
  async letSleep(): Promise<void> {
    await this.pulumi("config", "rm", "knflow:scale");
    await this.up();
  }

  /** @returns what it printed @throws UserError with the end of that, where it failed */
  pulumi(...args: string[]): Promise<string> {
    return this.start(...args).done;
  }

  /** Starts pulumi. @returns its process, and what {@link BenchStack.pulumi} gives */
  start(...args: string[]): { readonly pid: number | undefined; readonly done: Promise<string> } {
    const all = [...args, "--stack", this.name, "--non-interactive", "--color", "never"];
    const child = execa("pulumi", all, {
      cwd: this.project.folder,
      env: this.project.environment,
      all: true,
      stdin: "ignore",
      reject: false,
    });
    const done = child.then((result) => {
      if (!result.failed) return result.all;
      const lines = result.all.trim().split("\n").slice(-shownLines);
      throw new UserError(`pulumi ${args.join(" ")} of stack ${this.name} failed:\n${lines.join("\n")}`);
    });
    return { pid: child.pid, done };
  }
}
