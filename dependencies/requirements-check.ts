import { UserError } from "../console/errors.ts";

/** A line as pip reads it: with those that a backslash adds, without its comment. */
interface Line {
  /** Counted from 1; the first one of several. */
  readonly number: number;
  readonly text: string;
}

/** Options that run nothing on this machine, one a line; pip takes shortened names too, which are not known here. */
const options = [
  /^(?:-[rc]\s*|--(?:requirement|constraint)(?:\s+|=))[^\s:$"'\\-][^\s:$"'\\]*$/,
  /^(?:-[if]\s*|--(?:index-url|extra-index-url|find-links|trusted-host)(?:\s+|=))[^\s"'\\-][^\s"'\\]*$/,
  /^--(?:no-index|pre|prefer-binary|require-hashes)$/,
  /^--only-binary(?:\s+|=):all:$/,
];
const name = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[[A-Za-z0-9._,\s-]*\])?`;
const release = new RegExp(String.raw`^${name}\s*(?:$|[=<>!~(][A-Za-z0-9.*+!=<>~,()_\s-]*$)`);
const direct = new RegExp(String.raw`^(?:${name}\s*@\s*)?(?<url>https?:\/\/[^\s$]+?)(?:\s*;\s.*)?$`);
/** pip takes a file of such a name that is there for the package itself. */
const archive = /\.(?:zip|whl|tgz|tbz|txz|tlz|tar|tar\.\w+)\s*(?:\[.*\])?$/i;

/**
 * Refuses what would run code of the project or of strangers on the machine that installs: sources are built by their own
 * scripts, and `--only-binary` does not hold for what a path, a repository or an address names.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 *
 * @param text of a requirements or constraints file
 * @throws UserError with the file and the line
 */
export function checkRequirements(text: string, file: string): void {
  const lines = text.split(lineBreak, 2);
  const coding = lines.findIndex((line) => /^[ \t\f]*#.*?coding[:=]\s*(?!utf-?8\b)[-\w.]/i.test(line));
  if (coding >= 0) throw new UserError(`${file}:${coding + 1}: has another encoding; save it as UTF-8`);
  for (const line of logicalLines(text)) {
    const problem = problemOf(line.text);
    if (problem !== undefined) throw new UserError(`${file}:${line.number}: ${JSON.stringify(line.text)} ${problem}`);
  }
}

/** A requirements file's lines that say something. */
export function logicalLines(text: string): Line[] {
  const found: Line[] = [];
  let pending: { number: number; text: string } | undefined;
  for (const [index, line] of text.split(lineBreak).entries()) {
    const isComment = /^\s*#/.test(line);
    pending ??= { number: index + 1, text: "" };
    pending.text += isComment ? ` ${line}` : line.replace(/\\+$/, "");
    if (line.endsWith("\\") && !isComment) continue;
    found.push(pending);
    pending = undefined;
  }
  if (pending) found.push(pending);
  return found
    .map(({ number, text }) => ({ number, text: text.replace(/(^|\s)#.*$/, "").trim() }))
    .filter(({ text }) => text !== "");
}

/** As Python's splitlines has them. */
const lineBreak = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

function problemOf(line: string): string | undefined {
  if (line.startsWith("-")) {
    if (options.some((option) => option.test(line))) return undefined;
    if (/^(-e|--e)/.test(line)) return `is installed from a folder, whose code would run here; ${instead}`;
    return (
      "is no option that knflow takes: known are -r, -c (files of the project), --index-url, --extra-index-url, --find-links, " +
      "--trusted-host, --no-index, --pre, --prefer-binary, --require-hashes and --only-binary :all:, one a line"
    );
  }
  // Hashes and the like; what else pip knows behind a requirement is for builds, of which there are none.
  const requirement = line.replace(/\s-.*$/, "").trim();
  const url = direct.exec(requirement)?.groups?.url;
  if (url !== undefined) {
    const isWheel = URL.canParse(url) && new URL(url).pathname.endsWith(".whl");
    return isWheel ? undefined : `is no wheel, so its code would run here; ${instead}`;
  }
  const bare = requirement.replace(/;.*$/, "").trim();
  if (release.test(bare) && !archive.test(bare)) return undefined;
  return `is a path, a repository or no requirement at all, and code that is built would run here; ${instead}`;
}

const instead =
  'name a release of an index ("name==1.2"), or the https address of a wheel; for a package without a wheel, build it by ' +
  '"pip wheel" and name its folder by --find-links';
