import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const functions = join(import.meta.dirname, "..", "functions");

/** An input of an example workflow, and what comes of it, locally and on a cluster. */
export interface Example {
  readonly workflow: string;
  /** The file of its input, as a test is named after it. */
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
}

/** Every `examples/input*.json` of a workflow in `functions/`, with the `output*.json` that goes with it. */
export const examples: readonly Example[] = readdirSync(functions).flatMap((workflow) => {
  const folder = join(functions, workflow, "examples");
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown;
  const inputs = existsSync(folder) ? readdirSync(folder).filter((file) => /^input.*\.json$/.test(file)) : [];
  return inputs.map((file) => {
    const output = read(file.replace("input", "output"));
    return { workflow, name: `${workflow}/${file}`, input: read(file), output };
  });
});
