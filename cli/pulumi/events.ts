import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";

/** How an update stands, gathered from the engine's events. */
export interface UpdateState {
  /** Resources that are done, changed or not. */
  readonly done: number;
  /** Resources that are done and were changed. */
  readonly changed: number;
  /** What is being worked on: operation, type and name of a resource, the latest started last. */
  readonly running: ReadonlyMap<string, string>;
  /** Errors and warnings, with the resource they are about. */
  readonly diagnostics: readonly Diagnostic[];
  /** Resources by what happened to them, such as `{ create: 3, same: 12 }`; once the update has ended. */
  readonly summary: Readonly<Record<string, number>> | undefined;
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** "kubernetes:core/v1:Service (kourier)"; undefined where it is about the whole update */
  readonly resource: string | undefined;
  readonly message: string;
}

export const noEventsYet: UpdateState = {
  done: 0,
  changed: 0,
  running: new Map(),
  diagnostics: [],
  summary: undefined,
};

/** The state after one more event. */
export function afterEvent(state: UpdateState, event: EngineEvent): UpdateState {
  if (event.resourcePreEvent) {
    const { op, urn } = event.resourcePreEvent.metadata;
    if (op === "same") return state;
    return { ...state, running: new Map(state.running).set(urn, `${op} ${resourceName(urn)}`) };
  }
  if (event.resOutputsEvent) {
    const { op, urn } = event.resOutputsEvent.metadata;
    const running = new Map(state.running);
    running.delete(urn);
    return { ...state, running, done: state.done + 1, changed: state.changed + (op === "same" ? 0 : 1) };
  }
  if (event.resOpFailedEvent) {
    const running = new Map(state.running);
    running.delete(event.resOpFailedEvent.metadata.urn);
    return { ...state, running };
  }
  if (event.diagnosticEvent) {
    const { severity, urn, message, ephemeral } = event.diagnosticEvent;
    if ((severity !== "error" && severity !== "warning") || ephemeral) return state;
    const resource = urn ? resourceName(urn) : undefined;
    const said = withoutCommandLine(withoutMarkup(message));
    return { ...state, diagnostics: [...state.diagnostics, { severity, resource, message: said }] };
  }
  if (event.summaryEvent) return { ...state, summary: { ...event.summaryEvent.resourceChanges } };
  return state;
}

/** One line on how the update stands: "14 done, 3 of them changed: create kubernetes:core/v1:Service (kourier), and 2 more". */
export function progressNote({ done, changed, running }: UpdateState): string {
  const [latest] = [...running.values()].slice(-1);
  const others = running.size > 1 ? `, and ${running.size - 1} more` : "";
  const what = changed === 0 || changed === done ? "" : `, ${changed} of them changed`;
  return `${done} ${changed > 0 && what === "" ? "changed" : "done"}${what}${latest === undefined ? "" : `: ${latest}${others}`}`;
}

/** How many resources an update changed, and how: "12 created, 1 updated", or "no changes". */
export function describeChanges(summary: Readonly<Record<string, number>>): string {
  const verbs: Record<string, string> = {
    create: "created",
    update: "updated",
    delete: "deleted",
    replace: "replaced",
  };
  const changes = Object.entries(summary).filter(([op, count]) => op !== "same" && count > 0);
  return changes.length === 0 ? "no changes" : changes.map(([op, count]) => `${count} ${verbs[op] ?? op}`).join(", ");
}

/** The errors, or where there are none the warnings, as Pulumi lays diagnostics out. */
export function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  // That there was one goes without saying where it says which.
  const told = diagnostics.filter(({ message }, _, { length }) => length === 1 || message.trim() !== "update failed");
  const errors = told.filter(({ severity }) => severity === "error");
  return (errors.length > 0 ? errors : told).flatMap(({ severity, resource, message }) => [
    `${resource ?? "update"}:`,
    ...`${severity}: ${message.trim()}`.split("\n").map((line) => `  ${line}`.trimEnd()),
  ]);
}

/** "kubernetes:core/v1:Service (kourier)" from urn:pulumi:<stack>::<project>::<parent types$type>::<name>. */
function resourceName(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.slice(types.lastIndexOf("$") + 1)} (${name.join("::")})`;
}

/** The command plugin puts the command line of a failed command before what the command said, itself an "error: ". */
function withoutCommandLine(text: string): string {
  return text.replace(
    /^(\s*)(?:exit status \d+|signal: [\w ]+): running "(?:[^"\\]|\\.)*":\n(?:error: )?(?=\s*\S)/,
    "$1",
  );
}

/** Pulumi marks colours up as <{%reset%}>. */
function withoutMarkup(text: string): string {
  return text.replace(/<\{%.*?%\}>/g, "");
}
