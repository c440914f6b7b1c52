import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createProgress } from "../../../console/progress.ts";

// Two steps inside the first at the same time, then a step that fails: run as a process of its own, on a pipe or a terminal.
const progress = createProgress({ logDir: process.argv[2] ?? "", heartbeatSeconds: 0.1 });
progress.plan(2);
await progress.run("toolchain", async () => {
  progress.plan(2);
  const build = (name: string, milliseconds: number) =>
    progress.run(`build ${name}`, async (step) => {
      step.note(`\u001b[1mcompiling\u001b[0m\n${name}`);
      await pause(milliseconds);
    });
  await Promise.all([build("etcd", 50), build("coredns", 400)]);
});
await progress
  .run("pulumi up", (step) => {
    for (let line = 1; line <= 30; line += 1) appendFileSync(step.log, `10%\rline ${line}\n`);
    return Promise.reject(new Error("boom"));
  })
  .catch((error: Error) => console.error(`error: ${error.message}`));
