import type { FSWatcher } from "node:fs";
import { styleText } from "node:util";
import { UserError } from "../../console/errors.ts";
import { showsColour } from "../../console/colour.ts";
import { table } from "../../console/table.ts";
import { createLogView } from "../../console/log-view.ts";
import { localStoreUrl } from "../../local/run-store.ts";
import { LocalSession, namesOf, type Applied, type LocalWorkflow } from "../../local/session.ts";
import { workflowNames } from "../../source/workflow-source.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import { commandProgress } from "../logs.ts";
import { watchFolder } from "../watch-folder.ts";
import { localEnvironment } from "./environment.ts";
import { functionsFolder } from "../root.ts";
import { projectWorkflow, projectWorkflows } from "./workflows.ts";

/** Runs workflows until an interrupt, and takes up what is saved. */
export async function develop(only: string | undefined, port: number): Promise<void> {
  const folder = functionsFolder();
  await workflowNames(folder);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const logView = growingLogView();
  const stopped = Promise.withResolvers<void>();
  let ending = false;
  const stop = () => {
    ending = true;
    stopped.resolve();
  };

  const load = async (session: LocalSession, first: boolean) => {
    try {
      const workflows = await projectWorkflows(only);
      logView.add(namesOf(workflows));
      const applied = await session.apply(workflows);
      if (ending) return;
      report(applied, first, say);
      if (first) say(addresses(session, workflows));
    } catch (error) {
      // Nothing runs yet: there is nothing to go on with.
      if (first || !(error instanceof UserError)) throw error;
      say(problem(error.message));
    }
  };

  const work = async () => {
    const session = await LocalSession.open({
      port,
      // Logs are written beside it.
      progress: commandProgress("dev", { live: false }),
      onLine: (name, line) => say(logView.show(name, line)),
      onNotice: (message) => say(notice(message)),
      storeUrl: localStoreUrl(process.cwd()),
      environment: localEnvironment(),
      ...(only === undefined ? {} : { load: projectWorkflow }),
    });
    let watcher: FSWatcher | undefined;
    try {
      const first = load(session, true);
      const again = () => first.then(() => load(session, false)).catch(stopped.reject);
      watcher = watchFolder(folder, again, stopped.reject);
      await Promise.race([first, stopped.promise]);
      await stopped.promise;
    } finally {
      watcher?.close();
      await session.close();
    }
  };
  await stopOnInterrupt(stop, work, "");
}

/** A view of logs whose column of names is as wide as those of which something was shown. */
function growingLogView() {
  const names = new Set<string>();
  let show = createLogView([""], showsColour(process.stdout));
  const add = (more: readonly string[]) => {
    if (more.every((name) => names.has(name))) return;
    for (const name of more) names.add(name);
    show = createLogView([...names], showsColour(process.stdout));
  };
  return {
    add,
    show(name: string, line: string): string {
      add([name]);
      return show(name, line);
    },
  };
}

function report({ started, stopped, failures }: Applied, first: boolean, say: (line: string) => void): void {
  for (const failure of failures) {
    if (!(failure instanceof UserError)) throw failure;
    const [message = "", ...details] = failure.message.split("\n");
    say(problem(first ? message : `${message}; what ran before goes on`));
    for (const line of details) say(`  ${line}`);
  }
  if (!first && started.length > 0) say(styleText("green", `↻ ${started.join(", ")}`, { stream: process.stdout }));
  if (stopped.length > 0) say(`ended: ${stopped.join(", ")}`);
}

function addresses(session: LocalSession, workflows: readonly LocalWorkflow[]): string {
  const rows = namesOf(workflows).map((name) => [name, session.address(name)]);
  const page = session.address(`${workflows[0]?.name}/`);
  return (
    `\n${table(rows, "  ")}\nIn a browser, a workflow's address shows its page: ${page}\n` +
    "Ready; saved files are taken up at once, Ctrl-C ends it.\n"
  );
}

function notice(message: string): string {
  return styleText("yellow", `! ${message}`, { stream: process.stdout });
}

function problem(message: string): string {
  return styleText("red", `✗ ${message}`, { stream: process.stdout });
}
