import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../../../console/progress.ts";

/** Runs the work with a folder of its own, which is the home, the cache and, before all else, on PATH as `bin`. */
export async function inSandbox(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
  const before = { ...process.env };
  Object.assign(process.env, {
    HOME: folder,
    XDG_CACHE_HOME: join(folder, "cache"),
    PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
  });
  delete process.env.PULUMI_HOME;
  try {
    await work(folder);
  } finally {
    process.env = before;
    await rm(folder, { recursive: true });
  }
}

/** Puts a shell script in place of a program. */
export async function script(file: string, ...lines: string[]): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, ["#!/bin/sh", ...lines, ""].join("\n"));
  await chmod(file, 0o755);
}

/** Runs steps and keeps what was told. */
export function quietProgress(folder: string): Progress & { titles: string[]; notes: string[] } {
  const titles: string[] = [];
  const notes: string[] = [];
  return {
    titles,
    notes,
    plan: () => undefined,
    run: async (title, work) => {
      titles.push(title);
      const log = join(folder, `step-${titles.length}.log`);
      await writeFile(log, "");
      return work({ log, note: (text) => notes.push(text) });
    },
  };
}
