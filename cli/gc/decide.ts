import { isObjectName, type Names } from "./names.ts";

/** What garbage collection goes by. All moments and spans are milliseconds. */
export interface Rules {
  /** The moment at which it began, on the cluster's clock. */
  readonly now: number;
  /** How long something stays after it was last used or pushed. */
  readonly grace: number;
  /** How many of the newest Revisions of each Knative Service stay, whatever their age. */
  readonly keep: number;
}

/** Something that may be removed. */
export interface Candidate {
  readonly name: string;
  /** When it was last in use, pushed or made. */
  readonly time: number;
}

/** A Revision of the stack's namespace. */
export interface RevisionCandidate extends Candidate {
  /** Its Knative Service; undefined where it belongs to none. */
  readonly service: string | undefined;
  readonly created: number;
  /** Whether Knative says that requests may go to it, or are about to. */
  readonly routed: boolean;
  /** Whether somebody marked it to be kept from every garbage collection. */
  readonly marked: boolean;
}

/** Something, and why it is removed or kept. */
export interface Verdict<T> {
  readonly item: T;
  readonly remove: boolean;
  readonly reason: string;
}

/** What a killed upload left goes after this time, whatever the grace period: no upload takes so long. */
const leftoverAge = 60 * 60_000;
const leftover = /^\.incoming\//;

/**
 * Which Revisions go: those that no requests go to, that nothing names, that were let go before the grace period, and that are not
 * among the newest of their Service.
 *
 * @param names those in Routes, Configurations and Knative Services
 */
export function decideRevisions<T extends RevisionCandidate>(
  revisions: readonly T[],
  names: Names,
  rules: Rules,
): Verdict<T>[] {
  const newest = new Set(revisionsByService(revisions).flatMap((ofService) => ofService.slice(0, rules.keep)));
  const reasonToKeep = (revision: T): string | undefined => {
    if (revision.routed) return "requests may go to it";
    const namedBy = names.namedBy(revision.name);
    if (namedBy !== undefined) return `${namedBy} names it`;
    if (revision.service === undefined) return "it belongs to no Knative Service";
    if (revision.marked) return "it is marked by serving.knative.dev/no-gc";
    if (newest.has(revision)) return "it is among the newest of its Service";
    return inGrace(revision, rules) ? "within the grace period" : undefined;
  };
  return revisions.map((item) => verdict(item, reasonToKeep(item), "no requests go to it, and newer ones are there"));
}

/** The Revisions of each Service, the newest first. */
function revisionsByService<T extends RevisionCandidate>(revisions: readonly T[]): T[][] {
  return [...Map.groupBy(revisions, ({ service }) => service).values()].map((ofService) =>
    // Of one second, the one with the greater number.
    ofService.sort((one, other) => other.created - one.created || (one.name < other.name ? 1 : -1)),
  );
}

/**
 * Which files of the code volume go: archives that nothing names and nobody pushed within the grace period, and what killed
 * uploads left.
 */
export function decideObjects<T extends Candidate>(objects: readonly T[], names: Names, rules: Rules): Verdict<T>[] {
  return objects.map((item) => {
    if (!leftover.test(item.name)) {
      return isObjectName(item.name)
        ? decideUnnamed(item, names, rules)
        : verdict(item, "it is not named as knflow names archives", "");
    }
    const underWay = inGrace(item, { ...rules, grace: leftoverAge });
    return verdict(item, underWay ? "it may be an upload under way" : undefined, "an upload that was killed left it");
  });
}

/** Which Secrets of functions go: those that nothing names and that were made before the grace period. */
export function decideSecrets<T extends Candidate>(secrets: readonly T[], names: Names, rules: Rules): Verdict<T>[] {
  return secrets.map((item) => decideUnnamed(item, names, rules));
}

function decideUnnamed<T extends Candidate>(item: T, names: Names, rules: Rules): Verdict<T> {
  const namedBy = names.namedBy(item.name);
  if (namedBy !== undefined) return verdict(item, `${namedBy} names it`, "");
  return verdict(item, inGrace(item, rules) ? "within the grace period" : undefined, "nothing names it");
}

function inGrace({ time }: Candidate, { now, grace }: Rules): boolean {
  // A moment that cannot be read is NaN, which is not before anything.
  return !(time < now - grace);
}

function verdict<T>(item: T, toKeep: string | undefined, toRemove: string): Verdict<T> {
  return toKeep === undefined ? { item, remove: true, reason: toRemove } : { item, remove: false, reason: toKeep };
}
