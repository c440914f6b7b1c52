/** A duration: ISO 8601, or a mapping of units to whole numbers. */
export type Duration = string | Readonly<Record<string, number>>;

const units: Readonly<Record<string, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
};

const number = String.raw`\d+(?:\.\d+)?`;
const iso8601 = new RegExp(
  `^P(?!$)(?:(${number})W)?(?:(${number})D)?(?:T(?=\\d)(?:(${number})H)?(?:(${number})M)?(?:(${number})S)?)?$`,
);

/**
 * How long a duration is, in milliseconds; undefined where it is none. Years and months are none: they have no fixed length.
 *
 * @example milliseconds("PT1M30S") === milliseconds({ minutes: 1, seconds: 30 })
 */
export function milliseconds(value: unknown): number | undefined {
  if (typeof value === "string") {
    const parts = iso8601
      .exec(value)
      ?.slice(1)
      .map((part) => Number(part ?? 0));
    if (!parts) return undefined;
    const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts;
    const length = ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
    return Number.isFinite(length) ? length : undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const given = Object.entries(value as Record<string, unknown>);
  const sound = given.every(([unit, count]) => Object.hasOwn(units, unit) && isCount(count));
  if (!sound || given.length === 0) return undefined;
  return given.reduce((sum, [unit, count]) => sum + (units[unit] as number) * (count as number), 0);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
