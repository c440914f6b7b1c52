import { Command } from "commander";

/** What the scripts of `knflow completion` ask; a line each: what the last word may become, a tab, and what that is. */
export function command(): Command {
  return new Command("complete")
    .description("Prints what the last word may become.")
    .argument("[words...]", "the words behind knflow, the last one as it is typed so far")
    .helpOption(false)
    .action(complete);
}

async function complete(words: readonly string[]): Promise<void> {
  const [{ buildProgram }, { candidates }, { knownNames }] = await Promise.all([
    import("../program.ts"),
    import("../completion/candidates.ts"),
    import("../completion/names.ts"),
  ]);
  const found = candidates(await buildProgram(), words, knownNames);
  process.stdout.write(found.map(({ value, description }) => `${value}\t${description}\n`).join(""));
}
