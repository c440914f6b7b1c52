/**
 * The field manager that owns what a stack's program says of an object. By one name, whatever applies in its place is the same
 * manager's next apply: it conflicts with nothing, and the next update conflicts with nothing of it.
 *
 * @param stack the stack's own name, without organization and project
 */
export function stackManager(stack: string): string {
  return `knflow-${stack}`;
}

/** The field manager that owns how a function's requests are split; no program names these fields, so updates leave them alone. */
export const trafficManager = "knflow-traffic";
