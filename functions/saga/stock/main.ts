const inStock: Readonly<Record<string, number>> = { book: 100, lamp: 3 };

type Event =
  | { readonly action: "reserve"; readonly order: string; readonly item: string; readonly quantity: number }
  | { readonly action: "release"; readonly reservation: string };

/** Reserves items for an order, or releases what was reserved. The same order always has the same reservation. */
export function handler(event: Event): { reservation: string } | { released: string } {
  if (event.action === "release") return { released: event.reservation };
  const { order, item, quantity } = event;
  const left = inStock[item] ?? 0;
  if (quantity > left) throw new Error(`there are ${left} of ${item}, not ${quantity}`);
  return { reservation: `reservation-${order}` };
}
