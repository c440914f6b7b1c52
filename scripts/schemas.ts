// Writes schemas/function.json, which editors use, from the schema that the program itself checks with: npm run schemas.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { functionJsonSchema } from "../source/function-json-schema.ts";

writeFileSync(
  join(import.meta.dirname, "..", "schemas", "function.json"),
  `${JSON.stringify(functionJsonSchema(), undefined, 2)}\n`,
);
