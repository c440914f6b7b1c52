const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  Ki: 2 ** 10,
  M: 1e6,
  Mi: 2 ** 20,
  G: 1e9,
  Gi: 2 ** 30,
  T: 1e12,
  Ti: 2 ** 40,
};

/**
 * The number that a quantity of Kubernetes stands for, so that two can be compared.
 *
 * @example quantityValue("500m") < quantityValue("1")
 */
export function quantityValue(text: string): number {
  const [, number, unit = ""] = /^([\d.]+)(\D*)$/.exec(text) ?? [];
  return Number(number) * (unit === "" ? 1 : (units[unit] ?? NaN));
}
