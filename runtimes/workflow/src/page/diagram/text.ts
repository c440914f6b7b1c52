/** What the diagram's texts are set in; browser/diagram.css says the same. Widths are those of one character, in pixels. */
export const fonts = { name: 8, kind: 6.9, detail: 6.4 } as const;

/** The width of a text; letters of East Asian scripts and emoji are about twice as wide as others. */
export function widthOf(text: string, font: keyof typeof fonts): number {
  return [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0) * fonts[font];
}

/** A text that is at most so wide. */
export function fitted(text: string, font: keyof typeof fonts, width: number): string {
  if (widthOf(text, font) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && widthOf(`${letters.join("")}…`, font) > width) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}
