// Writes the declarations of settings in Pulumi.yaml and the README's table of them from settings/keys.ts: npm run settings.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { settingDeclarations, settingsTable } from "../settings/declarations.ts";

const file = (name: string) => join(import.meta.dirname, "..", name);

const project = parseDocument(readFileSync(file("Pulumi.yaml"), "utf8"));
project.set("config", settingDeclarations());
writeFileSync(file("Pulumi.yaml"), project.toString({ lineWidth: 0 }));

const readme = readFileSync(file("README.md"), "utf8");
const table = /^\| Setting \| Default \|[^]*?\n(?=\n)/m;
// A function, since "$" in a replacement's text means something.
writeFileSync(
  file("README.md"),
  readme.replace(table, () => `${settingsTable()}\n`),
);
