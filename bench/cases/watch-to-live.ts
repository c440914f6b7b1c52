import { createInterface } from "node:readline";
import { join } from "node:path";
import { execa } from "execa";
import type { WatchEvent } from "../../cli/watch/report.ts";
import { UserError } from "../../console/errors.ts";
import { waitFor } from "../../test/runtime/support/wait.ts";
import { alternate } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import { ImagePath } from "../cluster/image-path.ts";
import { editToReply } from "../cluster/live.ts";
import { alwaysAwake, echo, threeFunctions } from "../cluster/workloads.ts";

/** G2: from a saved file to its first reply by `knflow watch`. */
export const watchToLive: Case = {
  id: "G2",
  title: "save to live by knflow watch, and by an image for each function",
  includes:
    "From the saved file to the first reply of its code, of one Python function that is awake, while `knflow watch` runs: the pod that there " +
    "is takes the code, and a Revision follows. The image path is that of B1, where a new pod has to start; neither side starts a program of " +
    "its own for an edit but kubectl. No pod of the edit before is left.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const stack = await cluster.besides("edit", threeFunctions(), alwaysAwake);
    await stack.up();
    const host = await cluster.hostOf(stack.namespace, "three-first");
    const images = await ImagePath.of(cluster, stack.namespace, "three-first");
    const { folder, environment } = cluster.project;
    const watch = execa(
      process.execPath,
      [join(folder, "cli", "knflow.js"), "watch", "--stack", stack.name, "--json"],
      {
        cwd: folder,
        env: environment,
        stdin: "ignore",
        reject: false,
      },
    );
    const events: WatchEvent[] = [];
    createInterface({ input: watch.stdout }).on("line", (line) => events.push(JSON.parse(line) as WatchEvent));
    try {
      await waitFor("the watch to begin", () => events.find(({ event }) => event === "watching"), 60);
      const revisions: number[] = [];
      const save = async () => {
        const before = events.length;
        const write = (version: number) => stack.writeFile("three/first/main.py", echo(version));
        const seconds = await editToReply(cluster, host, write);
        const brought = await waitFor("its Revision", () => events.slice(before).find(isBrought), 120);
        if (brought.state !== "serving") throw new UserError(`the edit is not live: ${brought.reason}`);
        revisions.push(brought.milliseconds.all / 1000);
        return seconds;
      };
      const [watched = [], appended = []] = await alternate(bench.rounds(15), [save, () => images.edit()], {
        before: () => cluster.asleep(stack.namespace, ["three-first", images.service], 1),
        beforeEach: true,
        told: showRounds(bench),
      });
      return {
        comparisons: [
          {
            name: "save to live, knflow watch / one-layer append",
            unit: "s",
            subject: { name: "knflow watch", values: watched },
            baseline: { name: "one layer appended", values: appended },
          },
        ],
        figures: [
          { name: "save to first reply by knflow watch", unit: "s", values: watched, goal: { atMost: 1.5 } },
          // The first round does not count.
          { name: "save until its Revision serves", unit: "s", values: revisions.slice(1) },
        ],
      };
    } finally {
      watch.kill("SIGINT");
      await watch;
      await stack.letSleep();
    }
  },
};

function isBrought(event: WatchEvent): event is Extract<WatchEvent, { event: "brought" }> {
  return event.event === "brought";
}
