import { shortDigest } from "../../console/digest.ts";
import { UserError } from "../../console/errors.ts";

/** One entry of a Knative Service's `spec.traffic`. https://knative.dev/docs/serving/traffic-management/ */
export interface TrafficTarget {
  /** Where it is not given: with `latestRevision`, whichever Revision is the latest that is ready. */
  readonly revisionName?: string;
  readonly latestRevision?: boolean;
  readonly percent?: number;
  /** The Revision has an address of its own under this name. */
  readonly tag?: string;
}

/** A Revision that requests may go to. */
export interface RoutableRevision {
  readonly name: string;
  /** sha256 of its archive. */
  readonly digest: string;
  /** Why no requests can go to it; undefined where they can. */
  readonly unready?: string;
}

/** A wanted share of the requests, as it is written on the command line. */
export interface Share {
  readonly revision: string;
  /** 0 to 100 */
  readonly percent: number;
}

const latest = "latest";
/** Hexadecimal digits from which on a text may be the beginning of a digest. */
const fewestDigits = 6;

/**
 * Reads `<revision>=<percent>`.
 *
 * @throws UserError where it is something else
 */
export function parseShare(text: string): Share {
  const [, revision, percent] = /^([^=]+)=(\d{1,3})%?$/.exec(text) ?? [];
  if (revision !== undefined && Number(percent) <= 100) return { revision, percent: Number(percent) };
  throw new UserError(`${JSON.stringify(text)} is no share: it must be <revision>=<percent>, such as ${latest}=10`);
}

/**
 * What `spec.traffic` is to be, so that the shares are got; Revisions that have an address of their own keep it.
 *
 * @param revisions those of the Service
 * @param before its `spec.traffic` until now
 * @throws UserError where the shares do not make 100, or a Revision is not there or not ready
 */
export function splitTraffic(
  shares: readonly Share[],
  revisions: readonly RoutableRevision[],
  before: readonly TrafficTarget[],
): TrafficTarget[] {
  const sum = shares.reduce((all, { percent }) => all + percent, 0);
  if (sum !== 100) throw new UserError(`the shares make ${sum} percent; they must make 100`);
  const targets = shares.map(({ revision, percent }): TrafficTarget => {
    if (revision === latest) return { latestRevision: true, percent };
    const { name, unready } = find(revision, revisions);
    if (unready !== undefined && percent > 0)
      throw new UserError(`${name} gets no requests, it is not ready: ${unready}`);
    return { revisionName: name, latestRevision: false, percent };
  });
  const names = targets.map(({ revisionName = latest }) => revisionName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UserError(`${twice} is there twice; give it one share`);
  return [...targets, ...before.filter(({ tag }) => tag !== undefined).map((one) => ({ ...one, percent: 0 }))];
}

function find(wanted: string, revisions: readonly RoutableRevision[]): RoutableRevision {
  const named = revisions.find(({ name }) => name === wanted);
  if (named !== undefined) return named;
  const isDigest = wanted.length >= fewestDigits && /^[0-9a-f]+$/.test(wanted);
  const found = isDigest ? revisions.filter(({ digest }) => digest.startsWith(wanted)) : [];
  if (found.length === 1) return found[0] as RoutableRevision;
  if (found.length > 1) {
    throw new UserError(`${wanted} is the code of ${found.map(({ name }) => name).join(" and ")}; name one of them`);
  }
  const there = revisions.map(({ name, digest }) => `  ${name} ${shortDigest(digest)}`).join("\n");
  throw new UserError(
    `there is no Revision ${JSON.stringify(wanted)}; there is ${latest}, and by name or digest:\n${there}`,
  );
}
