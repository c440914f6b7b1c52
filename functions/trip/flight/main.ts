const seatsLeft: Readonly<Record<string, number>> = { Lisbon: 100, Oslo: 3 };

type Event =
  | { readonly action: "book"; readonly trip: string; readonly to: string; readonly seats: number }
  | { readonly action: "cancel"; readonly flight: string };

/** Books seats for a trip, or cancels what was booked. The same trip always has the same booking. */
export function handler(event: Event): { flight: string } | { cancelled: string } {
  if (event.action === "cancel") return { cancelled: event.flight };
  const { trip, to, seats } = event;
  const left = seatsLeft[to] ?? 0;
  if (seats > left) throw new Error(`there are ${left} seats to ${to}, not ${seats}`);
  return { flight: `flight-${trip}` };
}
