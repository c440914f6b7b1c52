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
    const cells = rows.map((row) => row[column] ?? "");
    widths.push(Math.max(...cells.map((cell) => cell.length)));
    numeric.push(cells.slice(1).every((cell) => /^[\d.,]*$/.test(cell)) && /\d/.test(cells.at(-1) ?? ""));
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${indent}${line(row)}\n`).join("");
}
