import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const functions = join(import.meta.dirname, "..", "functions");

/** An input of an example workflow, and what comes of it, locally and on a cluster. */
export interface Example {
  readonly workflow: string;
  readonly input: unknown;
  readonly output: unknown;
}

const read = (file: string) => JSON.parse(readFileSync(file, "utf8")) as unknown;

/** Every workflow in `functions/` that has `examples/input.json` and `examples/output.json`. */
export const examples: readonly Example[] = readdirSync(functions)
  .filter((workflow) => existsSync(join(functions, workflow, "examples", "input.json")))
  .map((workflow) => ({
    workflow,
    input: read(join(functions, workflow, "examples", "input.json")),
    output: read(join(functions, workflow, "examples", "output.json")),
  }));
