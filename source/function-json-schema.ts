import { z } from "zod";
import { functionYaml } from "./function-yaml.ts";

/** function.yaml's schema as JSON Schema, for editors: what may be written, before defaults are filled in. */
export function functionJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(functionYaml, { io: "input" });
  return { $schema, title: "A function of a knflow workflow", ...schema };
}
