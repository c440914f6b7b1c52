/**
 * How many lists and mappings of a definition may stand inside each other: more than anyone writes, and less than what
 * ends jq, which takes 256 and gets a definition inside of others, or a stack.
 */
export const deepest = 200;

/** Where a value goes deeper than that; undefined where it does not. Also for values that hold themselves. */
export function tooDeepAt(root: unknown): (string | number)[] | undefined {
  const path: (string | number)[] = [];
  const search = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null) return false;
    if (path.length >= deepest) return true;
    const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    return entries.some(([key, inner]) => {
      path.push(key);
      if (search(inner)) return true;
      path.pop();
      return false;
    });
  };
  return search(root) ? path : undefined;
}
