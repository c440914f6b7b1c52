/**
 * The handler that both Node.js servers of the benchmark call.
 *
 * @param {{ name: string, numbers: number[] }} event
 */
export function handler(event) {
  return { greeting: `Hello ${event.name}`, total: event.numbers.reduce((sum, one) => sum + one, 0) };
}
