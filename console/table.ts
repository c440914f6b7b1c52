import { stripVTControlCharacters } from "node:util";

/**
 * Rows as aligned columns, two spaces between them; columns that hold numbers alone stand to the right.
 *
 * @param rows cells by row, the header among them if there is one
 */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths: number[] = [];
  const numeric: boolean[] = [];
  for (let column = 0; column < columns; column += 1) {
    // Without what gives them colour.
    const cells = rows.map((row) => stripVTControlCharacters(row[column] ?? ""));
    widths.push(Math.max(...cells.map((cell) => cell.length)));
    numeric.push(cells.slice(1).every((cell) => /^[\d.,]*$/.test(cell)) && /\d/.test(cells.at(-1) ?? ""));
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const room = " ".repeat((widths[column] ?? 0) - stripVTControlCharacters(cell).length);
        return numeric[column] ? room + cell : cell + room;
      })
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${indent}${line(row)}\n`).join("");
}
