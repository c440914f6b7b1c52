import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { pulumiEnvironment } from "../../../cli/environment.ts";
import { clientTools, ensureTools } from "../../../cluster/toolchain/index.ts";
import { createProgress } from "../../../console/progress.ts";

/** This project's folder. */
export const projectRoot = resolve(import.meta.dirname, "..", "..", "..");

/** A Pulumi program of a test's own, run as this project's is, with its state in a folder. */
export interface TestProgram {
  readonly folder: string;
  /** Runs pulumi there; fails with what it wrote where it fails. @returns what it wrote */
  pulumi(args: readonly string[], input?: string): Promise<string>;
  /** Runs pulumi there, with more in its environment, and expects it to fail. @returns what it wrote */
  failing(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string>;
  /** Starts pulumi there, as a process of its own. Nobody keeps what it writes, once it has ended. */
  start(args: readonly string[]): ChildProcess;
  remove(): Promise<void>;
}

/** @param text the program, in TypeScript */
export async function createProgram(text: string): Promise<TestProgram> {
  const folder = await mkdtemp(join(tmpdir(), "knflow-test-"));
  const toolchain = await ensureTools(clientTools, createProgress({ logDir: join(folder, "logs") }));
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, "state"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "index.ts"), text);
  // All of it: whatever reads it in the program's way has to cope with the settings that it declares.
  await cp(join(projectRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await symlink(join(projectRoot, "scripts"), join(folder, "scripts"));
  const env = {
    ...pulumiEnvironment(toolchain, undefined),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    // What switches --event-log on.
    PULUMI_DEBUG_COMMANDS: "true",
  };
  const flags = ["--non-interactive", "--color=never"];
  return {
    folder,
    async pulumi(args, input = "") {
      return (await execa("pulumi", [...args, ...flags], { cwd: folder, env, input, all: true })).all;
    },
    async failing(args, environment) {
      const options = {
        cwd: folder,
        env: { ...env, ...environment },
        stdin: "ignore",
        all: true,
        reject: false,
      } as const;
      const { failed, all } = await execa("pulumi", [...args, ...flags], options);
      assert.ok(failed, all);
      return all;
    },
    start: (args) =>
      spawn("pulumi", [...args, ...flags], {
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    remove: () => rm(folder, { recursive: true }),
  };
}
