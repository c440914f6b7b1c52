const charactersPerChunk = 50_000;
const mostChunks = 1000;
const partOfWord = /[\p{L}\p{N}]/u;

/**
 * Cuts a text into parts of about equal length, never inside a word, so that each part can be counted on its own. There may
 * be fewer parts than asked for: no part is empty, except the only part of an empty text.
 */
export function handler(event: { text?: unknown; chunks?: unknown }): { parts: string[] } {
  const { text } = event;
  if (typeof text !== "string") throw new Error('"text" must be a string');
  const characters = [...text];
  const usual = Math.min(1 + Math.floor(characters.length / charactersPerChunk), mostChunks);
  const chunks = event.chunks ?? usual;
  if (typeof chunks !== "number" || !Number.isInteger(chunks) || chunks < 1 || chunks > mostChunks) {
    throw new Error(`"chunks" must be a whole number from 1 to ${mostChunks}`);
  }
  return { parts: cut(characters, chunks) };
}

/** At most so many parts; each ends where a word cannot go on. */
function cut(characters: readonly string[], chunks: number): string[] {
  const inWord = (index: number) => partOfWord.test(characters[index] ?? " ");
  const length = Math.max(Math.ceil(characters.length / chunks), 1);
  const parts: string[] = [];
  for (let start = 0, end = 0; start < characters.length; start = end) {
    end = Math.min(start + length, characters.length);
    while (inWord(end - 1) && inWord(end)) end++;
    parts.push(characters.slice(start, end).join(""));
  }
  return parts.length > 0 ? parts : [""];
}
