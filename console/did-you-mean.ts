import { closestMatch } from "leven";

/** How many of the letters may differ, as a part of all. */
const tolerance = 0.4;

/**
 * The one that was most likely meant by a name that there is not; undefined where none is near.
 *
 * @example closest("wordcont", ["topwords", "wordcount"]) === "wordcount"
 */
export function closest(name: string, known: readonly string[]): string | undefined {
  const folded = known.map(fold);
  const maxDistance = Math.max(1, Math.floor(name.length * tolerance));
  const found = closestMatch(fold(name), folded, { maxDistance });
  return found === undefined ? undefined : known[folded.indexOf(found)];
}

/**
 * What to say behind a name that there is not, as the end of a sentence.
 *
 * @example didYouMean("wordcont", ["topwords", "wordcount"]) === 'there are: topwords, wordcount; did you mean "wordcount"?'
 */
export function didYouMean(name: string, known: readonly string[]): string {
  return `there ${list([...known].sort())}${guess(name, known)}`;
}

/**
 * The question behind a list of what there is; empty where nothing is near.
 *
 * @example guess("wordcont", ["topwords", "wordcount"]) === '; did you mean "wordcount"?'
 */
export function guess(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "are none yet";
  return `${names.length === 1 ? "is" : "are"}: ${names.join(", ")}`;
}

/** Writings that are one name to a hurried reader. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}
