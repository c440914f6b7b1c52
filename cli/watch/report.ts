import { paint } from "../../console/colour.ts";
import { shortDigest } from "../../console/digest.ts";
import type { Brought, Reloaded } from "./bringer.ts";

/** Something that a watch tells; a line of `knflow watch --json` each. */
export type WatchEvent =
  | { readonly event: "watching"; readonly stack: string; readonly services: readonly string[] }
  /** Other code than what is deployed was found; `brought` tells what came of it, or `problem` why it cannot be brought. */
  | { readonly event: "bringing"; readonly name: string }
  /** It answers in pods that were awake already; `brought` follows. */
  | ({ readonly event: "reloaded" } & Reloaded)
  | ({ readonly event: "brought" } & Brought)
  /** Code that could not be loaded is again what is deployed. */
  | { readonly event: "restored"; readonly name: string }
  /** What a watch cannot bring, and what does. */
  | { readonly event: "notice"; readonly message: string }
  | { readonly event: "problem"; readonly workflow: string; readonly message: string }
  /** The files of a workflow that could not be read can be again. */
  | { readonly event: "solved"; readonly workflow: string };

/** One event for people. */
export function describeEvent(event: WatchEvent): string {
  switch (event.event) {
    case "watching":
      return `watching ${event.services.length} services of stack ${event.stack}; saved code is brought at once, Ctrl-C ends it`;
    case "notice":
      return paint("yellow", `! ${event.message}`);
    case "problem":
      return paint("red", `✗ ${event.message}`);
    case "solved":
      return paint("green", `✔ the files of ${event.workflow} can be read again`);
    case "restored":
      return paint("green", `✔ ${event.name} is again what is deployed`);
    case "bringing":
      return paint("dim", `… ${event.name} is being brought`);
    case "reloaded":
      return describeReloaded(event);
    case "brought":
      return describeBrought(event);
  }
}

function describeReloaded({ name, from, to, pods, milliseconds: { push, reload, all } }: Reloaded): string {
  const split = paint("dim", `(push ${seconds(push)}, reload ${seconds(reload)}); its Revision follows`);
  const where = pods === 1 ? "the pod that is awake" : `${pods} pods that are awake`;
  return `${paint("green", `↻ ${name}`)} ${shortDigest(from)} → ${shortDigest(to)} answers in ${where} after ${seconds(all)} ${split}`;
}

function describeBrought({ name, from, to, state, reason, revision, milliseconds }: Brought): string {
  const digests = `${shortDigest(from)} → ${shortDigest(to)}`;
  if (state === "serving") {
    const { push, reload, apply, ready, all } = milliseconds;
    const parts = `push ${seconds(push)}, reload ${seconds(reload)}, apply ${seconds(apply)}, ready ${seconds(ready)}`;
    const split = paint("dim", `(${parts})`);
    return `${paint("green", `↻ ${name}`)} ${digests} serves as ${revision} after ${seconds(all)} ${split}`;
  }
  if (state === "superseded") return `${paint("dim", `↻ ${name}`)} ${digests} superseded by what was saved since`;
  if (state === "unrouted")
    return paint("yellow", `! ${name} ${digests} is ready as ${revision}, but gets no requests: ${reason}`);
  return paint("red", `✗ ${name} ${digests} is not ready: ${reason}; what served before goes on`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
