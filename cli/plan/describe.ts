import { shortDigest } from "../../console/digest.ts";
import { singleLine } from "../../console/plain-text.ts";
import { table } from "../../console/table.ts";
import type { Change } from "./changes.ts";

/** What `knflow plan` tells. */
export interface Plan {
  readonly stack: string;
  readonly changes: readonly Change[];
}

/** GitHub takes comments of at most 65536 characters. */
const longestTable = 60_000;

const header = ["Change", "Workflow / function", "From", "To"] as const;
const unseen =
  "Only code and definitions are compared. Settings, packages, secrets and images: pulumi preview --diff shows them.";

/** A plan for people. */
export function describePlan({ stack, changes }: Plan): string {
  const rows = changes.map(({ name, change, from, to }) => [change, singleLine(name), short(from), short(to)]);
  const changed = rows.length === 0 ? "" : `\n${table([header.map((cell) => cell.toUpperCase()), ...rows])}`;
  return `stack ${singleLine(stack)}: ${summary(changes)}\n${changed}\n${unseen}\n`;
}

/**
 * A plan as a comment on a pull request, in GitHub's and GitLab's Markdown. The first line is not shown: it is the same in each
 * plan for the stack, so that a new comment can replace the one before.
 */
export function markdownPlan({ stack, changes }: Plan): string {
  const rows: string[] = [];
  let length = 0;
  for (const { name, change, from, to } of changes) {
    const row = `| ${change} | ${code(name)} | ${code(short(from))} | ${code(short(to))} |\n`;
    length += row.length;
    if (length > longestTable) break;
    rows.push(row);
  }
  const left = changes.length - rows.length;
  const head = `| ${header.join(" | ")} |\n| --- | --- | --- | --- |\n`;
  return [
    `<!-- knflow plan: ${stack.replace(/[^\w./-]/g, "?")} -->\n`,
    `**Stack ${code(stack)}: ${summary(changes)}**\n\n`,
    rows.length === 0 ? "" : `${head}${rows.join("")}\n`,
    left === 0 ? "" : `${left} more do not fit here; npx knflow plan shows all.\n\n`,
    `${unseen}\n`,
  ].join("");
}

function summary(changes: readonly Change[]): string {
  const counts = (["changed", "added", "removed"] as const).flatMap((kind) => {
    const count = changes.filter(({ change }) => change === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return counts.join(", ") || "no code and no definition changes";
}

function short(digest: string | undefined): string {
  return digest === undefined ? "" : shortDigest(digest);
}

/**
 * Text as inline code. Marked by HTML rather than backticks, with references for all that may mean something: outputs come from
 * anywhere, and no backslash helps in a table's code span.
 */
function code(text: string): string {
  if (text === "") return "";
  const escaped = singleLine(text).replace(/[^A-Za-z0-9/ -]/gu, (character) => `&#${character.codePointAt(0)};`);
  return `<code>${escaped}</code>`;
}
