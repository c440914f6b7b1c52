/**
 * A span of time as a person reads it: `0.4s`, `12s`, `4m 31s`, `1h 02m`.
 * @param milliseconds negative spans (a clock set back) count as none
 */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${pad(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A span of time as a person writes it, in milliseconds; undefined where it is none.
 *
 * @example parseDuration("24h") === 86_400_000
 */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(number) * (units[unit] as number);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
