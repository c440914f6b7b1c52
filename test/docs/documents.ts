import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** The pages that tell users what to type, relative to the project. Decisions (docs/adr) tell nobody to type anything. */
export const documents: readonly string[] = ["README.md", "SECURITY.md", "docs/*.md", "docs/{guides,reference}/*.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .sort();

/** A fenced block of a page. */
export interface Block {
  readonly file: string;
  /** The line of its first line of text, from 1. */
  readonly line: number;
  /** What stands behind the fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
}

/** A command of a page, which may have several lines. */
export interface Command {
  readonly file: string;
  readonly line: number;
  /** Without its comment. */
  readonly text: string;
}

/** A page's text. */
export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The fenced blocks of a page, in their order; those in lists are not indented any more. */
export function blocksOf(file: string, page = textOf(file)): Block[] {
  return [...page.matchAll(/^( *)```(.*)\n([^]*?)^\1```$/gm)].map(
    ([, indent = "", language = "", text = ""], index, all) => ({
      file,
      line: page.slice(0, all[index]?.index).split("\n").length + 1,
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}

/** The commands of a block of shell. */
export function commandsOf({ file, line, text }: Block): Command[] {
  const commands: Command[] = [];
  let begun: { line: number; text: string } | undefined;
  for (const [index, next] of text.trimEnd().split("\n").entries()) {
    begun = { line: begun?.line ?? line + index, text: begun === undefined ? next : `${begun.text}\n${next}` };
    const { open, end } = scan(begun.text);
    if (open) continue;
    const command = begun.text.slice(0, end).trim();
    if (command !== "") commands.push({ file, line: begun.line, text: command });
    begun = undefined;
  }
  if (begun !== undefined) throw new Error(`${file}:${begun.line}: a quote is open at the end of the block`);
  return commands;
}

/** Every command of every page. */
export function allCommands(): Command[] {
  return documents
    .flatMap((file) => blocksOf(file))
    .filter(({ language }) => language === "sh")
    .flatMap(commandsOf);
}

/** Whether a command goes on in the next line, and where it ends before a comment. */
function scan(text: string): { open: boolean; end: number } {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\" && quote !== "'") at++;
    else if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (character === "#" && /^$|\s/.test(text[at - 1] ?? "")) return { open: false, end: at };
  }
  return { open: quote !== "" || text.endsWith("\\"), end: text.length };
}
