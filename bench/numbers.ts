/** A measurement with three significant digits, as tables and plots show it. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio with two decimals. */
export function ratioText(value: number): string {
  return value.toFixed(2);
}
