// Writes the pages of the reference that are made from the code: npm run docs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsReference } from "./commands-reference.ts";
import { functionReference } from "./function-reference.ts";

const folder = join(import.meta.dirname, "..", "docs", "reference");
writeFileSync(join(folder, "commands.md"), await commandsReference());
writeFileSync(join(folder, "function-yaml.md"), functionReference());
