import { z, type ZodType } from "zod";
import { settingsKeys } from "./keys.ts";

/** How Pulumi.yaml declares a setting: https://www.pulumi.com/docs/iac/concepts/config/#strongly-typed-configuration */
export interface Declaration {
  readonly type: "string" | "integer" | "boolean" | "array" | "object";
  readonly items?: { readonly type: string };
  readonly description: string;
  readonly default: unknown;
}

interface JsonSchema {
  readonly type?: string;
  readonly items?: { readonly type: string };
  readonly default?: unknown;
}

/**
 * The project's declarations of all settings, for `config` in Pulumi.yaml. Pulumi wants every declared setting of a stack to
 * have a value, so that one without a default has an empty text or object, which says that it is not set.
 */
export function settingDeclarations(): Readonly<Record<string, Declaration>> {
  return Object.fromEntries(
    Object.entries(settingsKeys.shape as Record<string, ZodType>).map(([key, schema]) => [
      `knflow:${key}`,
      declare(schema),
    ]),
  );
}

function declare(schema: ZodType): Declaration {
  const { type, items, default: value } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const description = schema.description ?? "";
  // Pulumi has no numbers with fractions.
  if (type === "number") return { type: "string", description, default: String(value) };
  return {
    type: type as Declaration["type"],
    ...(items && { items: { type: items.type } }),
    description,
    default: value ?? (type === "object" ? {} : ""),
  };
}

/** The README's table of all settings, in Markdown. */
export function settingsTable(): string {
  const rows = Object.entries(settingDeclarations()).map(([key, { description, default: value }]) => {
    const shown = typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
    const usual = ["", "{}"].includes(shown) ? "" : `\`${shown}\` `;
    return `| \`${key.replace("knflow:", "")}\` | ${usual}| ${description.replaceAll("|", "\\|")} |`;
  });
  return ["| Setting | Default | What it is |", "| --- | --- | --- |", ...rows].join("\n");
}
