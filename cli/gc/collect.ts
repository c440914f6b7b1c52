import type { Kubectl } from "../kubectl.ts";
import type { StackAccess } from "../stack.ts";
import {
  clusterSources,
  readCluster,
  readFunctionSecrets,
  revisionsIn,
  routesIn,
  type FoundRevision,
  type FoundSecret,
} from "./cluster.ts";
import { decideObjects, decideRevisions, decideSecrets, type Rules, type Verdict } from "./decide.ts";
import { deleteSeen } from "./delete.ts";
import { Names } from "./names.ts";
import { readOpenRuns } from "./runs.ts";
import { readReleaseNames } from "./releases.ts";
import { readStates } from "./state.ts";
import { readVolume, removeFromVolume, type StoredObject } from "./volume.ts";

/** What was decided, as it came out. */
export interface Collection {
  readonly revisions: readonly Verdict<FoundRevision>[];
  readonly objects: readonly Verdict<StoredObject>[];
  readonly secrets: readonly Verdict<FoundSecret>[];
}

/** What garbage collection is asked for. */
export interface CollectOptions extends Pick<Rules, "grace" | "keep"> {
  /** Whether only to say what would be removed. */
  readonly dryRun: boolean;
  /** Other stacks whose states do not count. */
  readonly ignoreStack: readonly string[];
}

const changed = "it was used, pushed or removed meanwhile";

/**
 * Removes old Revisions, then archives and Secrets that nothing names any more.
 *
 * The order is what makes it safe beside an update: candidates are listed first and names are read afterwards, so that whatever gets
 * a name in between keeps it; and each is removed only if nobody touched it since it was listed.
 */
export async function collect(
  access: Pick<StackAccess, "stack" | "environment">,
  kubectl: Kubectl,
  namespace: string,
  { dryRun, ignoreStack, ...options }: CollectOptions,
): Promise<Collection> {
  const { now, objects } = await readVolume(kubectl);
  const rules: Rules = { ...options, now };
  const found = await readFunctionSecrets(kubectl);

  let cluster = await readCluster(kubectl);
  let revisions = decideRevisions(revisionsIn(cluster, namespace), new Names(routesIn(cluster, namespace)), rules);
  const old = chosen(revisions);
  if (!dryRun && old.length > 0) {
    revisions = settled(revisions, await deleteSeen(kubectl, "revisions", namespace, old));
    cluster = await readCluster(kubectl);
  }
  const removed = new Set(chosen(revisions).map(({ name }) => name));

  const [states, releases] = await Promise.all([readStates(access, ignoreStack), readReleaseNames()]);
  const runs = await readOpenRuns(kubectl, states.hasRunStore);
  const names = new Names([...clusterSources(cluster, namespace, removed), ...states.sources, ...releases, ...runs]);
  let stored = decideObjects(objects, names, rules);
  let secrets = decideSecrets(found, names, rules);
  if (!dryRun) {
    const unnamed = chosen(stored).map(({ name }) => name);
    stored = settled(stored, await removeFromVolume(kubectl, now - rules.grace, unnamed));
    secrets = settled(secrets, await deleteSeen(kubectl, "secrets", namespace, chosen(secrets)));
  }
  return { revisions, objects: stored, secrets };
}

function chosen<T>(verdicts: readonly Verdict<T>[]): T[] {
  return verdicts.flatMap(({ item, remove }) => (remove ? [item] : []));
}

/** Verdicts after the removal: what could not be removed is kept. */
function settled<T extends { readonly name: string }>(
  verdicts: readonly Verdict<T>[],
  removed: ReadonlySet<string>,
): Verdict<T>[] {
  return verdicts.map((verdict) =>
    verdict.remove && !removed.has(verdict.item.name) ? { ...verdict, remove: false, reason: changed } : verdict,
  );
}
