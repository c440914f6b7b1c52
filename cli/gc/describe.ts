import { formatDuration } from "../../console/duration.ts";
import { table } from "../../console/table.ts";
import type { Collection } from "./collect.ts";
import type { Verdict } from "./decide.ts";

/** What was removed, or would be. */
interface Removed {
  readonly kind: "revision" | "object" | "secret";
  readonly name: string;
  /** Of objects alone. */
  readonly bytes?: number;
  readonly reason: string;
  /** Since when, in ISO 8601: when it was last in use, pushed or made. */
  readonly since: string;
}

/** What `knflow gc` says, for programs. */
export interface Report {
  readonly dryRun: boolean;
  readonly removed: readonly Removed[];
  readonly freedBytes: number;
  /** How many are kept, by kind and reason. */
  readonly kept: Readonly<Record<"revisions" | "objects" | "secrets", Readonly<Record<string, number>>>>;
}

export function report({ revisions, objects, secrets }: Collection, dryRun: boolean): Report {
  const removed = [
    ...revisions.flatMap((verdict) => told("revision", verdict)),
    ...objects.flatMap((verdict) => told("object", verdict)),
    ...secrets.flatMap((verdict) => told("secret", verdict)),
  ];
  return {
    dryRun,
    removed,
    freedBytes: removed.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    kept: { revisions: kept(revisions), objects: kept(objects), secrets: kept(secrets) },
  };
}

function told(
  kind: Removed["kind"],
  { item, remove, reason }: Verdict<{ readonly name: string; readonly time: number; readonly bytes?: number }>,
): Removed[] {
  if (!remove) return [];
  const { name, time, bytes } = item;
  return [{ kind, name, ...(bytes === undefined ? {} : { bytes }), reason, since: new Date(time).toISOString() }];
}

function kept(verdicts: readonly Verdict<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { remove, reason } of verdicts) if (!remove) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** What `knflow gc` says to people. */
export function describeReport({ dryRun, removed, freedBytes, kept }: Report, now = Date.now()): string {
  const rows = removed.map(({ kind, name, bytes, reason, since }) => [
    kind,
    name.replace(/(-[0-9a-f]{12})[0-9a-f]{52}\.zip$/, "$1"),
    bytes === undefined ? "" : grouped(bytes),
    `${formatDuration(now - Date.parse(since))} ago`,
    reason,
  ]);
  const header = [dryRun ? "WOULD REMOVE" : "REMOVED", "NAME", "BYTES", "LAST USED", "WHY"];
  const nothing = dryRun ? "nothing would be removed\n" : "nothing to remove\n";
  const total = `${dryRun ? "would free" : "freed"} ${grouped(freedBytes)} bytes on the code volume\n`;
  return [
    rows.length === 0 ? nothing : `${table([header, ...rows])}\n${total}`,
    ...Object.entries(kept).flatMap(([kind, counts]) => describeKept(kind, counts)),
  ].join("");
}

function describeKept(kind: string, counts: Readonly<Record<string, number>>): string[] {
  const reasons = Object.entries(counts).sort(([, one], [, other]) => other - one);
  if (reasons.length === 0) return [];
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  return [`kept ${total} ${kind}: ${reasons.map(([reason, count]) => `${count} (${reason})`).join(", ")}\n`];
}

function grouped(number: number): string {
  return number.toLocaleString("en-US");
}
