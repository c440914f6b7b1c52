import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { projectRoot } from "../../../cli/root.ts";
import { buildProgram } from "../../../cli/program.ts";
import { functionReference } from "../../../scripts/function-reference.ts";
import { commandsReference, helpOf, leaves, pathOf } from "../../../scripts/commands-reference.ts";

/** Commands without `--json`, and why. */
const textAlone: Readonly<Record<string, string>> = { completion: "a script" };

describe("all commands", () => {
  let commands: Command[];
  before(async () => (commands = (await buildProgram()).commands.flatMap(leaves)));

  it("have examples in their help, and a line for the list of commands", () => {
    for (const command of commands) {
      assert.match(helpOf(command), /\nExamples:\n {2}\$ \S/, pathOf(command));
      assert.notEqual(command.summary() || command.description(), "", pathOf(command));
    }
  });

  for (const [terminal, width] of [
    [60, 60],
    [100, 100],
    [250, 100],
    [undefined, 80],
  ] as const) {
    it(`have a help of ${width} columns where the terminal has ${terminal ?? "none, as there is no terminal"}`, async () => {
      const before = Object.getOwnPropertyDescriptor(process.stdout, "columns");
      Object.defineProperty(process.stdout, "columns", { value: terminal, configurable: true });
      try {
        const [status] = (await buildProgram("status")).commands;
        const [usage, , ...description] = status?.helpInformation().split("\n") ?? [];
        assert.match(usage ?? "", /^Usage: knflow status/);
        const lines = description.slice(0, description.indexOf(""));
        const longest = Math.max(...lines.map(({ length }) => length));
        assert.ok(longest <= width && longest > width - 15, lines.join("\n"));
      } finally {
        delete (process.stdout as { columns?: number }).columns;
        if (before !== undefined) Object.defineProperty(process.stdout, "columns", before);
      }
    });
  }

  it("take --json, but for those whose output is for a shell", () => {
    for (const command of commands) {
      const takes = command.options.some(({ long }) => long === "--json");
      assert.equal(takes, !Object.hasOwn(textAlone, pathOf(command)), pathOf(command));
    }
  });

  it("give options of one name one short form and one meaning", () => {
    const meanings = new Map<string, string>();
    for (const option of commands.flatMap(({ options }) => options)) {
      if (!["--stack", "--json", "--data", "--timeout", "--follow"].includes(option.long ?? "")) continue;
      const before = meanings.get(option.long ?? "") ?? option.flags;
      assert.equal(option.flags, before);
      meanings.set(option.long ?? "", before);
    }
    assert.ok(meanings.size >= 4);
  });

  it("are in docs/reference/commands.md as they are; `npm run docs` writes it", async () => {
    const file = join(projectRoot, "docs", "reference", "commands.md");
    assert.equal(await readFile(file, "utf8"), await commandsReference());
  });
});

describe("function.yaml", () => {
  it("is in docs/reference/function-yaml.md as it is; `npm run docs` writes it", async () => {
    const file = join(projectRoot, "docs", "reference", "function-yaml.md");
    assert.equal(await readFile(file, "utf8"), functionReference());
  });
});
