import { functionJsonSchema } from "../source/function-json-schema.ts";

/** The part of a JSON Schema that the reference tells. */
interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The reference of function.yaml, as Markdown: what its schema says of each key. */
export function functionReference(): string {
  const rows = keysOf(functionJsonSchema() as Schema).map(([key, { description = "", default: usual, ...bounds }]) => {
    const shown = usual === undefined || typeof usual === "object" ? "" : `\`${JSON.stringify(usual)}\``;
    // A placeholder is no markup.
    const text = description.replaceAll("<", "\\<");
    const cells = [`\`${key}\``, shown, [text, allowed(bounds)].filter((part) => part !== "").join(" ")];
    return `| ${cells.join(" | ")} |`;
  });
  return `# function.yaml

Made from its schema by \`npm run docs\`. Only \`runtime\` is needed; an unknown key, or a wrong value, is refused with its place and what is allowed.
How these are used: [writing functions](../guides/writing-functions.md).

| Key | Default | What it is |
| --- | --- | --- |
${rows.join("\n")}
`;
}

/** All keys with their paths, such as `scale.min`; those below a key stand behind it. */
function keysOf({ properties = {} }: Schema, path = ""): [string, Schema][] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    [path + name, schema] as [string, Schema],
    ...keysOf(schema, `${path}${name}.`),
  ]);
}

function allowed({ enum: values, minimum, maximum }: Schema): string {
  if (values !== undefined) return `One of ${values.map((value) => `\`${String(value)}\``).join(", ")}.`;
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return "";
  return `${minimum} to ${maximum}.`;
}
