import type { Path } from "../source.ts";
import { checkCall } from "./call.ts";
import { checkInput, checkOutput } from "./data.ts";
import { checkExpression, checkStructure } from "./expressions.ts";
import { checkThen, type Siblings } from "./flow.ts";
import { checkFor } from "./for.ts";
import { checkFork } from "./fork.ts";
import { checkRaise } from "./raise.ts";
import { allowKeys, mappingAt, type Scope } from "./scope.ts";
import { checkSwitch } from "./switch.ts";
import { checkTasks } from "./tasks.ts";
import { checkDuration, checkTimeout } from "./time.ts";
import { checkTry } from "./try.ts";
import { listed, shown, type Mapping } from "./values.ts";

/** What every task may have besides what it does. */
const common = ["if", "input", "output", "export", "timeout", "then", "metadata"];

/** Whether a task can come to its end, or all that its own cases make come after it. */
type Completion = boolean | readonly (string | undefined)[];

interface Kind {
  /** Further keys that it may have. */
  readonly keys: readonly string[];
  check(task: Mapping, path: Path, scope: Scope, siblings: Siblings): Completion;
}

/** Kinds of tasks by the key that tells them; `for` comes before `do`, which it has too. */
const kinds: Readonly<Record<string, Kind>> = {
  call: { keys: ["with"], check: checkCall },
  set: { keys: [], check: checkSet },
  for: { keys: ["while", "do"], check: checkFor },
  do: { keys: [], check: (task, path, scope) => checkTasks(task.do, [...path, "do"], scope) },
  fork: { keys: [], check: checkFork },
  switch: { keys: [], check: checkSwitch },
  try: { keys: ["catch"], check: checkTry },
  raise: { keys: [], check: checkRaise },
  wait: { keys: [], check: checkWait },
};

/** Kinds that the language has and the executor does not, with what to do instead. */
const unsupported: Readonly<Record<string, string>> = {
  emit: "there are no events; let a function send it",
  listen: "there are no events; let what happens start a run",
  run: "make a function of what it runs, and call that",
};

/** A task; gives all that can come after it, a directive or a task's name. */
export function checkTask(
  name: string,
  value: unknown,
  path: Path,
  siblings: Siblings,
  scope: Scope,
): readonly (string | undefined)[] {
  const { source } = scope;
  const known = listed(Object.keys(kinds));
  const task = mappingAt(value, path, `a task, which says what it does (${known})`, scope);
  if (!task) return ["continue", undefined];
  const [found, second] = Object.keys(kinds).filter((key) => key in task && !(key === "do" && "for" in task));
  const kind = found === undefined ? undefined : kinds[found];
  const metadata = checkCommon(task, path, scope);
  if (found === undefined || kind === undefined) {
    const other = Object.keys(unsupported).find((key) => key in task);
    const what =
      other === undefined ? "says nothing that it does" : `\`${other}\` is not supported: ${unsupported[other]}`;
    source.refuse(
      other === undefined ? path : [...path, other],
      `task ${shown(name)}: ${what}; supported are: ${known}`,
    );
    return ["continue", undefined];
  }
  if (second !== undefined) {
    source.refuse(
      path,
      `task ${shown(name)} must do one thing, but has \`${found}\` and \`${second}\`; make two of it`,
    );
  }
  const others = second === undefined ? [] : Object.keys(kinds);
  allowKeys(task, path, [found, ...kind.keys, ...common, ...others], scope);
  if (found !== "for" && metadata && "knflow" in metadata) {
    source.refuse([...path, "metadata", "knflow"], "metadata.knflow belongs to `for` tasks; remove it");
  }
  const completion = kind.check(task, path, scope, siblings);
  const then = task.then === undefined ? "continue" : checkThen(task.then, [...path, "then"], siblings, scope);
  const next = typeof completion === "boolean" ? (completion ? [then] : []) : completion;
  return task.if === undefined ? next : [...next, "continue"];
}

/** What every task may have; gives its metadata. */
function checkCommon(task: Mapping, path: Path, scope: Scope): Mapping | undefined {
  if (task.if !== undefined) checkExpression(task.if, [...path, "if"], scope);
  checkInput(task, path, scope);
  checkOutput(task, "output", path, scope);
  checkOutput(task, "export", path, scope);
  checkTimeout(task.timeout, [...path, "timeout"], scope);
  if (task.metadata === undefined) return undefined;
  return mappingAt(task.metadata, [...path, "metadata"], "a mapping", scope);
}

function checkSet(task: Mapping, path: Path, scope: Scope): boolean {
  const needed = "a mapping, what the task gives (for anything else, `output.as` can make it)";
  const given = mappingAt(task.set, [...path, "set"], needed, scope);
  if (given && Object.keys(given).length === 0) {
    scope.source.refuse([...path, "set"], "`set` must not be empty; name at least one field");
  }
  checkStructure(given, [...path, "set"], scope);
  return true;
}

function checkWait(task: Mapping, path: Path, scope: Scope): boolean {
  checkDuration(task.wait, [...path, "wait"], scope);
  return true;
}
