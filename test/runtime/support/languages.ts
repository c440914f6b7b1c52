import { node } from "./node.ts";
import { python, type RuntimeKind } from "./runtime.ts";

/** The runtimes of functions: what is said of one holds for all. */
export const languages: readonly RuntimeKind[] = [python, node];

export { node, python };
