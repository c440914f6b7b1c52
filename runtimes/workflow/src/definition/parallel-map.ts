/**
 * The parallel map, an extension by a `for` task's metadata: `metadata: { knflow: { map: { concurrency: 8 } } }`. The items
 * run at the same time, at most that many; the task's output is the list of their outputs in the order of the items.
 *
 * @returns the number of items at a time; undefined where the task is no map; a text where what it says is wrong
 */
export function mapConcurrency(metadata: unknown): number | string | undefined {
  const extension = (metadata as { knflow?: { map?: { concurrency?: unknown } | null } | null } | undefined)?.knflow;
  if (extension === undefined) return undefined;
  const map = extension?.map;
  const concurrency = map?.concurrency ?? 8;
  const others = Object.keys({ ...extension, ...map }).filter((key) => key !== "map" && key !== "concurrency");
  if (typeof map !== "object" || map === null || Array.isArray(map) || others.length > 0) {
    return "metadata.knflow must be { map: { concurrency: <number> } }";
  }
  if (!Number.isInteger(concurrency) || (concurrency as number) < 1 || (concurrency as number) > 100) {
    return `metadata.knflow.map.concurrency must be a whole number from 1 to 100, but is ${JSON.stringify(concurrency)}`;
  }
  return concurrency as number;
}
