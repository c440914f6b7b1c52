import { createInterface } from "node:readline";
import { join } from "node:path";
import { execa } from "execa";
import type { WatchEvent } from "../../cli/watch/report.ts";
import { waitFor } from "../../test/runtime/support/wait.ts";
import { alternate } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import { ImagePath } from "../cluster/image-path.ts";
import { editToReply } from "../cluster/live.ts";
import { echo, threeFunctions } from "../cluster/workloads.ts";

/** G2: from a saved file to its first reply by `knflow watch`. */
export const watchToLive: Case = {
  id: "G2",
  title: "save to live by knflow watch, and by an image for each function",
  includes:
    "From the saved file to the first reply of its code, while `knflow watch` runs. The image path is that of B1; neither side starts a " +
    "program for an edit.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const stack = await cluster.besides("edit", threeFunctions());
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
      const save = () => editToReply(cluster, host, (version) => stack.writeFile("three/first/main.py", echo(version)));
      const [watched = [], appended = []] = await alternate(bench.rounds(15), [save, () => images.edit()], {
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
        figures: [{ name: "save to first reply by knflow watch", unit: "s", values: watched, goal: { atMost: 1.5 } }],
      };
    } finally {
      watch.kill("SIGINT");
      await watch;
    }
  },
};
