/** A maximal run of letters and digits of any script. */
const word = /[\p{L}\p{N}]+/gu;

/** Counts the words of a part of a text, in lower case. */
export function handler({ text }: { text?: unknown }): Record<string, number> {
  if (typeof text !== "string") throw new Error('"text" must be a string');
  const counts = new Map<string, number>();
  for (const [found] of text.matchAll(word)) {
    const lower = found.toLowerCase();
    counts.set(lower, (counts.get(lower) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
