/**
 * Counts words independently of the example: maximal runs of Unicode letters and numbers, lower-cased; character by
 * character, where the example uses regular expressions of another language.
 */
export function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  let word = "";
  for (const character of `${text} `) {
    if (/^[\p{L}\p{N}]$/u.test(character)) {
      word += character;
    } else if (word !== "") {
      const key = word.toLowerCase();
      counts.set(key, (counts.get(key) ?? 0) + 1);
      word = "";
    }
  }
  return counts;
}

/** A text of about that many bytes, the same on every run: words of several scripts, digits and punctuation. */
export function randomText(bytes: number): string {
  const words = ["river", "Stone", "ÄPFEL", "наука", "語彙", "42", "x7", "naïve", "Ωμέγα", "light", "der", "Über"];
  const separators = [" ", ", ", ".\n", " - ", "\t", "; ", "_", "'"];
  let state = 12345;
  const next = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
  let text = "";
  let size = 0;
  while (size < bytes) {
    const piece = `${words[next(words.length)]}${next(4) === 0 ? next(1000) : ""}${separators[next(separators.length)]}`;
    text += piece;
    size += Buffer.byteLength(piece);
  }
  return text;
}
