import { z } from "zod";
import { paint } from "../../console/colour.ts";
import { formatDuration } from "../../console/duration.ts";
import { table } from "../../console/table.ts";
import type { StackOutputs } from "../pulumi/outputs.ts";

/** A part of the main job and how long it took. */
export interface Phase {
  readonly title: string;
  readonly milliseconds: number;
}

export interface Started {
  readonly stack: string;
  readonly workflow: string;
  /** The embedded cluster's instance, where it is deployed to that. */
  readonly embedded: string | undefined;
  /** The example's input, relative to the project. */
  readonly exampleInput: string;
  /** What the workflow answered. */
  readonly reply: unknown;
  readonly phases: readonly Phase[];
  /** What `pulumi up` changed, in words. */
  readonly changes: string;
  readonly outputs: StackOutputs;
}

const wordCount = z.object({ counts: z.record(z.string(), z.number()), total: z.number(), distinct: z.number() });
const shownWords = 8;

/** What `npm start` says at its end: the result, how long it took, where things are, what to type next. */
export function summary(started: Started): string {
  return [result(started), times(started), addresses(started), next(started)].join("\n");
}

function result({ workflow, exampleInput, reply }: Started): string {
  const { counts, total, distinct } = wordCount.parse(reply);
  const top = Object.entries(counts)
    .sort(([wordA, countA], [wordB, countB]) => countB - countA || (wordA < wordB ? -1 : 1))
    .slice(0, shownWords);
  const number = (value: number) => value.toLocaleString("en-US");
  const heading = paint("bold", `${workflow}: ${number(total)} words, ${number(distinct)} different ones`);
  return `\n${heading} ${paint("dim", `(${exampleInput})`)}\n${table([["WORD", "TIMES"], ...top.map(([word, count]) => [word, number(count)])], "  ")}`;
}

function times({ phases, changes }: Started): string {
  const rows = phases.map(({ title: phase, milliseconds }) => [
    phase,
    formatDuration(milliseconds),
    phase === "pulumi up" ? changes : "",
  ]);
  const total = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `${paint("bold", "Time")}\n${table([...rows, ["all", formatDuration(total)]], "  ")}`;
}

function addresses({ outputs }: Started): string {
  const rows = Object.entries(outputs.workflows).flatMap(([workflow, { url, functions }]) => [
    [workflow, url],
    ...Object.entries(functions).map(([name, { url: functionUrl }]) => [`${workflow}/${name}`, functionUrl]),
  ]);
  const heading = `${paint("bold", "Addresses")} ${paint("dim", "(open a workflow's in a browser to see its page)")}`;
  return `${heading}\n${table([["gateway", outputs.gatewayUrl], ...rows], "  ")}`;
}

function next({ stack, workflow, embedded }: Started): string {
  const rows = [
    [`npx knflow invoke ${workflow} --data '{"text": "to be"}'`, "call it"],
    [`npx knflow status`, "what runs, and how it is"],
    [`npx knflow logs ${workflow}`, "what it logs"],
    ["npx knflow init <name>", "begin a workflow of your own; npm start deploys it"],
    ["npx knflow plan", "what an update would change, without the cluster"],
    ["npx knflow watch", "what you save is live within seconds"],
    ["npx knflow doctor", "what is missing or wrong, and how to mend it"],
    ['eval "$(npx knflow env)"', "then plain pulumi and kubectl work, as in:"],
    [`pulumi preview --stack ${stack} --suppress-outputs`, "what an edit of a function would change, by resources"],
  ];
  if (embedded !== undefined) rows.push(["npx knflow cluster down", "stops the cluster; npm start brings it back"]);
  return `${paint("bold", "Next")}\n${table(rows, "  ")}`;
}
