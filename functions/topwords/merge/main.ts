/** Adds up the counts of the parts. */
export function handler({ parts }: { parts?: unknown }): { counts: Record<string, number> } {
  if (!Array.isArray(parts)) throw new Error('"parts" must be a list of counts');
  const sums = new Map<string, number>();
  for (const part of parts as Record<string, number>[]) {
    for (const [word, times] of Object.entries(part)) sums.set(word, (sums.get(word) ?? 0) + times);
  }
  return { counts: Object.fromEntries(sums) };
}
