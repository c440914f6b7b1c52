import { watch } from "node:fs";
import { styleText } from "node:util";
import { UserError } from "../../console/errors.ts";
import { table } from "../../console/table.ts";
import { createLogView } from "../../console/log-view.ts";
import { localStoreUrl } from "../../local/run-store.ts";
import { LocalSession, type Applied, type LocalWorkflow } from "../../local/session.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import { commandProgress } from "../logs.ts";
import { functionsFolder, projectWorkflows } from "./workflows.ts";

/** Milliseconds without a further change after which saved files are taken up: editors write in several steps. */
const quietTime = 60;

/** Runs workflows until an interrupt, and takes up what is saved. */
export async function develop(only: string | undefined, port: number): Promise<void> {
  const progress = commandProgress("dev");
  let view = createLogView([only ?? ""], process.stdout.isTTY);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const session = await LocalSession.open({
    port,
    progress,
    onLine: (name, line) => say(view(name, line)),
    storeUrl: localStoreUrl(process.cwd()),
  });

  const load = async (first: boolean) => {
    try {
      const workflows = await projectWorkflows(only);
      view = createLogView(namesOf(workflows), process.stdout.isTTY);
      report(await session.apply(workflows), first, say);
      if (first) say(addresses(session, workflows));
    } catch (error) {
      // Nothing runs yet: there is nothing to go on with.
      if (first || !(error instanceof UserError)) throw error;
      say(problem(error.message));
    }
  };

  const stopped = Promise.withResolvers<void>();
  await stopOnInterrupt(
    () => stopped.resolve(),
    async () => {
      try {
        await load(true);
        const watcher = watchFolder(functionsFolder(), () => load(false).catch(stopped.reject));
        await stopped.promise.finally(() => watcher.close());
      } finally {
        await session.close();
      }
    },
  );
}

/** Calls back once changes have come to rest; one call at a time, and another one for what came meanwhile. */
function watchFolder(folder: string, changed: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  const go = async () => {
    if (running) {
      timer = setTimeout(() => void go(), quietTime);
      return;
    }
    running = true;
    await changed();
    running = false;
  };
  return watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void go(), quietTime);
  });
}

function namesOf(workflows: readonly LocalWorkflow[]): string[] {
  return workflows.flatMap(({ name, functions }) => [name, ...functions.map((fn) => `${name}/${fn.name}`)]);
}

function report({ started, stopped, failures }: Applied, first: boolean, say: (line: string) => void): void {
  for (const failure of failures) {
    if (!(failure instanceof UserError)) throw failure;
    say(problem(first ? failure.message : `${failure.message}; what ran before goes on`));
  }
  if (!first && started.length > 0) say(styleText("green", `↻ ${started.join(", ")}`, { stream: process.stdout }));
  if (stopped.length > 0) say(`ended: ${stopped.join(", ")}`);
}

function addresses(session: LocalSession, workflows: readonly LocalWorkflow[]): string {
  const rows = namesOf(workflows).map((name) => [name, session.address(name)]);
  return `\n${table(rows, "  ")}\nReady; saved files are taken up at once, Ctrl-C ends it.\n`;
}

function problem(message: string): string {
  return styleText("red", `✗ ${message}`, { stream: process.stdout });
}
