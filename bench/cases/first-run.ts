import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import { inTemporaryFolder } from "../../cli/temporary-folder.ts";
import { copyProject } from "../../test/project-copy.ts";
import type { Bench, Case } from "../case.ts";
import { finishedSteps } from "../finished-steps.ts";
import { processorTime } from "../machine.ts";
import type { Series } from "../results.ts";

/** The part of `npm start --json` that tells how long it took. */
interface Started {
  readonly phases: readonly { readonly title: string; readonly milliseconds: number }[];
}

/** Steps that took less are summed up. */
const leastSeconds = 5;
const instance = "first-run";

/** G6: what somebody waits for who has nothing yet. */
export const firstRun: Case = {
  id: "G6",
  title: "The first npm start, with nothing built",
  includes:
    "`npm start` in a fresh clone on a machine that has Debian's packages, Go and Node, until the example has replied. The caches of knflow, Go, npm and pip are empty: " +
    "all that is downloaded and compiled is in it. One run; its phases add up to it, and so do the steps that they are made of.",
  run: async ({ step }: Bench) =>
    inTemporaryFolder("knflow-first-run-", async (folder) => {
      const clone = join(folder, "clone");
      const cache = join(folder, "cache");
      await mkdir(clone);
      await copyProject(clone);
      await rm(join(clone, "node_modules"));
      const settings = join(clone, "Pulumi.dev.yaml");
      const text = await readFile(settings, "utf8");
      await writeFile(settings, text.replace(/^( *knflow:embedded:).*$/m, `$1 ${instance}`));
      const environment = {
        CI: "true",
        XDG_CACHE_HOME: cache,
        XDG_STATE_HOME: join(folder, "state"),
        PULUMI_HOME: join(folder, "pulumi"),
        GOCACHE: join(cache, "go-build"),
        GOMODCACHE: join(cache, "go-mod"),
        npm_config_cache: join(cache, "npm"),
      };
      const run = (file: string, ...args: string[]) =>
        execa(file, args, { cwd: clone, env: environment, reject: false, stdin: "ignore" });
      try {
        step.note("npm start, which takes half an hour and more");
        const before = processorTime();
        const { failed, stdout, stderr } = await run("npm", "--silent", "start", "--", "--json");
        const after = processorTime();
        if (failed) throw new UserError(`npm start failed:\n${stderr.slice(-2000)}`);
        const phases = (JSON.parse(stdout) as Started).phases.map(({ title, milliseconds }) => ({
          name: title,
          values: [milliseconds / 1000],
        }));
        const whole = phases.reduce((sum, { values: [seconds = 0] }) => sum + seconds, 0);
        return {
          figures: [
            { name: "first npm start", unit: "s", values: [whole] },
            {
              name: "first npm start: share of the processors that worked",
              unit: "",
              values: [1 - (after.idle - before.idle) / (after.all - before.all)],
            },
          ],
          breakdowns: [
            { name: "phases", unit: "s", parts: phases },
            { name: "steps", unit: "s", parts: steps(stderr) },
          ],
        };
      } finally {
        await run(process.execPath, "cli/knflow.js", "cluster", "down", "--purge", "--name", instance);
      }
    }),
};

function steps(progress: string): Series[] {
  const finished = finishedSteps(progress);
  const long = finished.filter(({ seconds }) => seconds >= leastSeconds);
  const rest = finished.filter(({ seconds }) => seconds < leastSeconds);
  return [
    ...long.map(({ title, seconds }) => ({ name: title.replace(/ \(about \d+ min\)$/, ""), values: [seconds] })),
    { name: `${rest.length} shorter ones`, values: [rest.reduce((sum, { seconds }) => sum + seconds, 0)] },
  ];
}
