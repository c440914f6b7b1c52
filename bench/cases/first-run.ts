import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { stopOnInterrupt } from "../../cli/interrupt.ts";
import { inTemporaryFolder } from "../../cli/temporary-folder.ts";
import { UserError } from "../../console/errors.ts";
import { copyProject } from "../../test/project-copy.ts";
import type { Bench, Case } from "../case.ts";
import { finishedSteps } from "../finished-steps.ts";
import { processorTime, workedShare } from "../machine.ts";
import type { Figure, Series } from "../results.ts";

/** The part of `npm start --json` that tells how long it took. */
interface Started {
  readonly phases: readonly { readonly title: string; readonly milliseconds: number }[];
}

/** Steps that took less are left out. */
const leastSeconds = 5;
const instance = "first-run";

/** G6: what somebody waits for who has nothing yet. */
export const firstRun: Case = {
  id: "G6",
  title: "The first npm start, with nothing built",
  includes:
    "`npm start` in a fresh clone on a machine that has Debian's packages, Go and Node, until the example has replied. The caches of knflow, Go, npm and pip are empty: " +
    `all that is downloaded and compiled is in it. One run. The phases add up to it; of the steps inside, those of ${leastSeconds} s and more are told, some of which are ` +
    "worked at beside each other.",
  run: ({ step }: Bench) =>
    inTemporaryFolder("knflow-first-run-", async (folder) => {
      const clone = join(folder, "clone");
      await copyClone(clone);
      const run = commandRunner(clone, join(folder, "cache"), join(folder, "state"));
      try {
        step.note("npm start, which takes half an hour and more");
        const [begun, before] = [performance.now(), processorTime()];
        const { failed, stdout, stderr } = await run("npm", "--silent", "start", "--", "--json");
        const [whole, after] = [(performance.now() - begun) / 1000, processorTime()];
        if (failed) throw new UserError(`npm start failed:\n${stderr.slice(-2000)}`);
        return {
          figures: [
            { name: "first npm start", unit: "s", values: [whole] },
            { name: "share of the processors that worked meanwhile", unit: "", values: [workedShare(before, after)] },
            ...steps(stderr),
          ],
          breakdowns: [{ name: "First npm start", unit: "s", parts: phases(JSON.parse(stdout) as Started, whole) }],
        };
      } finally {
        const down = await run(process.execPath, "cli/knflow.js", "cluster", "down", "--purge", "--name", instance);
        if (down.failed) process.stderr.write(`error: the cluster ${instance} could not be ended: ${down.stderr}\n`);
      }
    }),
};

/** The project without its dependencies, with a cluster of its own name. */
async function copyClone(clone: string): Promise<void> {
  await mkdir(clone);
  await copyProject(clone);
  await rm(join(clone, "node_modules"));
  const settings = join(clone, "Pulumi.dev.yaml");
  const text = await readFile(settings, "utf8");
  const own = text.replace(/^( *knflow:embedded:).*$/m, `$1 ${instance}`);
  if (own === text) throw new UserError("Pulumi.dev.yaml names no embedded cluster (knflow:embedded)");
  await writeFile(settings, own);
}

/** Runs commands in the clone as for somebody who has nothing yet; an interrupt ends them well. */
function commandRunner(clone: string, cache: string, state: string) {
  const environment = {
    CI: "true",
    XDG_CACHE_HOME: cache,
    XDG_STATE_HOME: state,
    PULUMI_HOME: join(cache, "pulumi"),
    GOCACHE: join(cache, "go-build"),
    GOMODCACHE: join(cache, "go-mod"),
    npm_config_cache: join(cache, "npm"),
  };
  return (file: string, ...args: string[]) => {
    const child = execa(file, args, {
      cwd: clone,
      env: environment,
      reject: false,
      stdin: "ignore",
      detached: true,
    });
    return stopOnInterrupt(
      () => process.kill(-(child.pid ?? 0), "SIGINT"),
      () => child,
    );
  };
}

function phases({ phases }: Started, whole: number): Series[] {
  const told = phases.map(({ title, milliseconds }) => ({ name: title, values: [milliseconds / 1000] }));
  const rest = whole - phases.reduce((sum, { milliseconds }) => sum + milliseconds / 1000, 0);
  return [...told, { name: "before, between and after these", values: [rest] }];
}

function steps(progress: string): Figure[] {
  return finishedSteps(progress)
    .filter(({ seconds }) => seconds >= leastSeconds)
    .map(({ title, seconds }) => ({
      name: `inside: ${title.replace(/ \(about \d+ min(utes)?\)$/, "")}`,
      unit: "s",
      values: [seconds],
    }));
}
