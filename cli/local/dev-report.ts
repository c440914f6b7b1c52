import { styleText } from "node:util";
import { showsColour } from "../../console/colour.ts";
import { UserError } from "../../console/errors.ts";
import { logEntry } from "../../console/log-entry.ts";
import { createLogView } from "../../console/log-view.ts";
import { table } from "../../console/table.ts";
import type { Applied } from "../../local/session.ts";

/** What `knflow dev` tells of what happens. */
export interface DevReport {
  /** Names of what may log, told before it does. */
  names(names: readonly string[]): void;
  /** A line that a function or an executor wrote. */
  log(name: string, line: string): void;
  notice(message: string): void;
  /** What is wrong in the files. */
  problem(message: string): void;
  /** What was taken up. */
  applied(applied: Applied, first: boolean): void;
  /** Everything runs that can. */
  ready(addresses: Readonly<Record<string, string>>, page: string): void;
}

type Stream = Pick<NodeJS.WriteStream, "write">;

/** For people, on standard output. */
export function textReport(stream: NodeJS.WriteStream = process.stdout): DevReport {
  const say = (line: string) => stream.write(`${line}\n`);
  const problem = (message: string) => say(styleText("red", `✗ ${message}`, { stream }));
  const known = new Set<string>();
  // The column of names is as wide as those of which something was shown.
  let view = createLogView([""], showsColour(stream));
  const names = (more: readonly string[]) => {
    if (more.every((name) => known.has(name))) return;
    for (const name of more) known.add(name);
    view = createLogView([...known], showsColour(stream));
  };
  return {
    names,
    log(name, line) {
      names([name]);
      say(view(name, line));
    },
    notice: (message) => say(styleText("yellow", `! ${message}`, { stream })),
    problem,
    applied({ started, stopped, failures }, first) {
      for (const failure of failures) {
        const [message = "", ...details] = messageOf(failure).split("\n");
        problem(first ? message : `${message}; what ran before goes on`);
        for (const line of details) say(`  ${line}`);
      }
      if (!first && started.length > 0) say(styleText("green", `↻ ${started.join(", ")}`, { stream }));
      if (stopped.length > 0) say(`ended: ${stopped.join(", ")}`);
    },
    ready(addresses, page) {
      say(
        `\n${table(Object.entries(addresses), "  ")}\nIn a browser, a workflow's address shows its page: ${page}\n` +
          "Ready; saved files are taken up at once, Ctrl-C ends it.\n",
      );
    },
  };
}

/** For programs: one JSON object a line, each with its `event`. */
export function jsonReport(stream: Stream = process.stdout): DevReport {
  const say = (event: string, more: object) => stream.write(`${JSON.stringify({ event, ...more })}\n`);
  return {
    names: () => {},
    // What a runtime writes is an object; what something else writes is text.
    log: (name, line) => say("log", { name, line: (line.startsWith("{") ? logEntry(line) : undefined) ?? line }),
    notice: (message) => say("notice", { message }),
    problem: (message) => say("problem", { message }),
    applied({ started, stopped, failures }) {
      for (const failure of failures) say("problem", { message: messageOf(failure) });
      if (started.length > 0) say("started", { names: started });
      if (stopped.length > 0) say("ended", { names: stopped });
    },
    ready: (addresses, page) => say("ready", { addresses, page }),
  };
}

/** A problem in what was saved is told; a bug is thrown. */
function messageOf(failure: Error): string {
  if (failure instanceof UserError) return failure.message;
  throw failure;
}
