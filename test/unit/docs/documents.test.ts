import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { CommanderError } from "commander";
import { buildProgram } from "../../../cli/program.ts";
import { settingsKeys } from "../../../settings/keys.ts";
import { readKeys } from "../../../settings/read.ts";
import { ruleOf, rules } from "../../docs/coverage.ts";
import { allCommands, documents, textOf } from "../../docs/documents.ts";

const place = ({ file, line }: { file: string; line: number }) => `${file}:${line}`;

describe("the pages for users", () => {
  const commands = allCommands();

  it("have commands that are all run by a test", () => {
    const uncovered = commands.filter((command) => ruleOf(command) === undefined);
    assert.deepEqual(
      uncovered.map((command) => `${place(command)}: ${command.text}`),
      [],
    );
    const used = new Set(commands.map(ruleOf));
    assert.deepEqual(
      rules.filter((rule) => !used.has(rule)).map(({ command }) => command.source),
      [],
    );
  });

  it("name commands, options and arguments of knflow that there are", async () => {
    const program = await buildProgram();
    withoutEffect(program);
    const inText = documents.flatMap((file) =>
      [...textOf(file).matchAll(/`(npx knflow (?!<)[^`…]+)`/g)].map(([, text = ""]) => ({ file, line: 0, text })),
    );
    for (const command of [...commands, ...inText]) {
      const [, line] = /\bnpx knflow ([^|;>)]+)/.exec(command.text) ?? [];
      if (line === undefined) continue;
      const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|\S+/g)].map(([word, one, two]) => one ?? two ?? word);
      try {
        await program.parseAsync(words, { from: "user" });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        // Help that is asked for, and a command that a text names without more.
        const isWell = error.exitCode === 0 || (command.line === 0 && error.code === "commander.missingArgument");
        assert.ok(isWell, `${place(command)}: ${command.text}: ${error.message}`);
      }
    }
  });

  it("name settings that there are, with values that they may have", () => {
    for (const file of documents) {
      for (const [, name = ""] of textOf(file).matchAll(/\bknflow:([a-z]\w+)/g)) {
        assert.ok(Object.hasOwn(settingsKeys.shape, name), `${file}: knflow:${name}`);
      }
    }
    for (const { text } of commands) {
      const [, name, value] = /^pulumi config set knflow:(\w+) (\S+)$/.exec(text) ?? [];
      if (name !== undefined && value !== undefined) readKeys({ [name]: value });
    }
  });

  it("link to files and headings that there are", () => {
    for (const file of documents) {
      const text = textOf(file).replaceAll(/```[^]*?```|`[^`\n]*`/g, "");
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const linked = path === "" ? file : join(dirname(file), path);
        assert.ok(existsSync(linked), `${file}: ${target}`);
        if (anchor !== undefined) assert.ok(headings(linked).includes(anchor), `${file}: ${target}`);
      }
    }
  });

  it("are all in the index", () => {
    const index = textOf("docs/README.md");
    for (const file of documents.filter((one) => /^docs\/.*\/|^docs\/ci\.md/.test(one))) {
      assert.ok(index.includes(`(${file.slice("docs/".length)})`), file);
    }
  });

  it("quote messages that knflow has", () => {
    const sources = globSync([
      "{cli,cluster,commands,components,dependencies,local,manifests,release,settings,source}/**/*.ts",
      "runtimes/*/{src,knflow_runtime}/**/*.{ts,py}",
      "runtimes/file-server/*.sh",
      "scripts/*.mjs",
      "{index,program}.ts",
    ])
      .map((file) => readFileSync(file, "utf8").replaceAll(/["`] \+\s+["`]/g, ""))
      .join("\n");
    const rows = textOf("docs/guides/troubleshooting.md").matchAll(/^\| ([^|]+) \|/gm);
    const quoted = [...rows].flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
    const parts = quoted.flatMap((text) => text.split("…")).map((part) => part.trim());
    assert.deepEqual(
      parts.filter((part) => !ofOthers.has(part) && !sources.includes(part)),
      [],
    );
  });
});

/** What others than knflow say. */
const ofOthers = new Set([
  "(OOMKilled)",
  "Cannot find package",
  "ImportError",
  "ModuleNotFoundError",
  "No space left on device",
  "Pending",
  "Read-only file system",
  "SyntaxError",
  "autoscaling.knative.dev/initial-scale=0 not allowed by cluster",
  "context deadline exceeded",
  "protected",
  "the stack is currently locked",
]);

/** Has a command line checked, and nothing done. */
function withoutEffect(command: Command): void {
  command
    .action(() => {})
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  command.commands.forEach(withoutEffect);
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(file: string): string[] {
  const text = readFileSync(file, "utf8").replaceAll(/```[^]*?```/g, "");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
