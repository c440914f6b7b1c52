import { mapConcurrency } from "../../definition/parallel-map.ts";
import type {
  Definition,
  ForkTask,
  ForTask,
  HttpTask,
  RaiseTask,
  SwitchTask,
  Task,
  TaskList,
  TryTask,
} from "../../definition/types.ts";
import { below } from "../../executor/scope.ts";

/** What a task is, as the language names it. */
export type TaskKind = "call" | "http" | "set" | "do" | "for" | "fork" | "switch" | "try" | "raise" | "wait";

/** One case of a `switch`. */
export interface SwitchCase {
  readonly name: string;
  readonly condition: string;
  readonly then: string;
}

/** Tasks in a task: one after another, or beside each other. */
export interface Section {
  /** What stands above them; undefined where that is plain. */
  readonly label: string | undefined;
  readonly isParallel: boolean;
  readonly tasks: readonly DiagramTask[];
}

/** A task as the diagram tells it. */
export interface DiagramTask {
  /** JSON pointer in the definition, as runs name their tasks: `/do/0/split`. */
  readonly pointer: string;
  readonly name: string;
  readonly kind: TaskKind;
  /** What it does, in a few words. */
  readonly detail: string;
  /** The expression of its `if`. */
  readonly condition: string | undefined;
  /** Where the run goes on: `continue`, `exit`, `end`, or a task of the same list; nowhere behind a `raise`. */
  readonly then: string | undefined;
  /** Whether its body runs for several items at the same time. */
  readonly isMap: boolean;
  readonly cases: readonly SwitchCase[];
  readonly sections: readonly Section[];
}

/** The tasks of a definition as its diagram tells them. */
export function diagramTasks({ do: tasks }: Definition): DiagramTask[] {
  return listOf(tasks, "/do");
}

/** A task and all that are in it, each before what is in it. */
export function withInner(task: DiagramTask): DiagramTask[] {
  return [task, ...task.sections.flatMap(({ tasks }) => tasks.flatMap(withInner))];
}

function listOf(tasks: TaskList, at: string): DiagramTask[] {
  return tasks.map((item, index) => {
    const [name, task] = Object.entries(item)[0] as [string, Task];
    return taskOf(name, task, below({ pointer: at, key: at }, index, name).pointer);
  });
}

type Particulars = Pick<DiagramTask, "kind" | "detail"> & Partial<DiagramTask>;

function taskOf(name: string, task: Task, pointer: string): DiagramTask {
  const particulars = particularsOf(task, pointer);
  const usual = { then: task.then ?? "continue", isMap: false, cases: [], sections: [] };
  const condition = task.if === undefined ? undefined : expression(task.if);
  return { ...usual, pointer, name, condition, ...particulars };
}

function particularsOf(task: Task, at: string): Particulars {
  if ("call" in task) return task.call === "http" ? httpOf(task as HttpTask) : { kind: "call", detail: task.call };
  if ("set" in task) return { kind: "set", detail: setDetail(task.set) };
  if ("for" in task) return forOf(task, at);
  if ("do" in task)
    return { kind: "do", detail: count(task.do.length, "task"), sections: [inOrder(task.do, `${at}/do`)] };
  if ("fork" in task) return forkOf(task, at);
  if ("switch" in task) return switchOf(task);
  if ("try" in task) return tryOf(task, at);
  if ("raise" in task) return { kind: "raise", detail: raised(task), then: undefined };
  return { kind: "wait", detail: duration(task.wait) };
}

function inOrder(tasks: TaskList, at: string, label?: string): Section {
  return { label, isParallel: false, tasks: listOf(tasks, at) };
}

function httpOf({ with: { method, endpoint } }: HttpTask): Particulars {
  const uri = typeof endpoint === "string" ? endpoint : endpoint.uri;
  return { kind: "http", detail: `${method.toUpperCase()} ${expression(uri)}` };
}

function setDetail(value: unknown): string {
  if (typeof value === "string") return expression(value);
  return typeof value === "object" && value !== null ? Object.keys(value).join(", ") : JSON.stringify(value);
}

function forOf(task: ForTask, at: string): Particulars {
  const concurrency = mapConcurrency(task.metadata);
  const isMap = typeof concurrency === "number";
  const how = isMap ? `${concurrency} at once` : "one after another";
  const until = task.while === undefined ? "" : `, while ${expression(task.while)}`;
  const detail = `each ${task.for.each ?? "item"} in ${expression(task.for.in)}, ${how}${until}`;
  return { kind: "for", detail, isMap, sections: [inOrder(task.do, `${at}/do`)] };
}

function forkOf({ fork: { branches, compete } }: ForkTask, at: string): Particulars {
  const detail = `${count(branches.length, "branch", "branches")}, ${compete ? "the first wins" : "all of them"}`;
  const tasks = listOf(branches, `${at}/fork/branches`);
  return { kind: "fork", detail, sections: [{ label: undefined, isParallel: true, tasks }] };
}

function switchOf(task: SwitchTask): Particulars {
  const cases = task.switch.map((item): SwitchCase => {
    const [name, { when, then }] = Object.entries(item)[0] as [string, { when?: string; then: string }];
    return { name, condition: when === undefined ? "otherwise" : expression(when), then };
  });
  const hasDefault = task.switch.some((item) => Object.values(item).some(({ when }) => when === undefined));
  const goesOn = { kind: "switch", detail: count(cases.length, "case"), cases } as const;
  return hasDefault ? { ...goesOn, then: undefined } : goesOn;
}

function tryOf({ try: tried, catch: rule }: TryTask, at: string): Particulars {
  const filter = Object.entries(rule.errors?.with ?? {}).map(([key, value]) => `${key} ${lastPart(String(value))}`);
  const when = [rule.when && expression(rule.when), rule.exceptWhen && `not ${expression(rule.exceptWhen)}`];
  const which = [...filter, ...when.filter((one) => one !== undefined)].join(" and ") || "any error";
  const again = rule.retry === undefined ? "" : ", then try again";
  const label = `catch ${which}${again}`;
  const caught = { label, isParallel: false, tasks: rule.do ? listOf(rule.do, `${at}/catch/do`) : [] };
  return { kind: "try", detail: count(tried.length, "task"), sections: [inOrder(tried, `${at}/try`), caught] };
}

function raised({ raise: { error } }: RaiseTask): string {
  if (typeof error === "string") return error;
  return `${error.title === undefined ? lastPart(error.type) : expression(error.title)}, status ${error.status}`;
}

function duration(value: unknown): string {
  if (typeof value === "string") return value;
  return Object.entries(value as Record<string, number>)
    .map(([unit, number]) => `${number} ${number === 1 ? unit.replace(/s$/, "") : unit}`)
    .join(" ");
}

/** `${ .parts }` as `.parts`, in one line. */
function expression(text: string): string {
  const inner = /^\s*\$\{(.*)\}\s*$/s.exec(text)?.[1] ?? text;
  return inner.replace(/\s+/g, " ").trim();
}

function lastPart(address: string): string {
  return address.split("/").at(-1) ?? address;
}

function count(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}
