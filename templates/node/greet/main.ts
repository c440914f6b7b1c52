/** Greets one person. */
export function handler(event: { name?: unknown }): { greeting: string } {
  const { name } = event;
  if (typeof name !== "string" || name === "") throw new Error('"name" must be a text');
  return { greeting: `Hello, ${name}!` };
}
