import { clientTools, clusterTools, type ToolName } from "../cluster/toolchain/index.ts";
import { UserError } from "../console/errors.ts";

/** A part of `npm test`. */
export type Part = Check | Suite;

/** A program that says by its exit code whether the code is in order. */
export interface Check {
  readonly kind: "check";
  readonly name: string;
  /** path in node_modules and arguments */
  readonly command: readonly [string, ...string[]];
}

/** Tests run by mocha with `test/<name>/.mocharc.json`. */
export interface Suite {
  readonly kind: "suite";
  readonly name: string;
  /** Tools that must be there before it. */
  readonly tools: readonly ToolName[];
  /** Debian packages that must be there before it. */
  readonly packages: readonly string[];
  /**
   * Suites of one lane run one after another, and the lanes beside each other. The one with the real cluster takes longest
   * and waits for part of it, when the other one gets the processors.
   */
  readonly lane: "processes" | "cluster";
  /** Whether the embedded cluster's images must be there before it: no test's time limit allows for making them. */
  readonly platform: boolean;
}

/** All parts, cheap ones first. */
export const parts: readonly Part[] = [
  { kind: "check", name: "format", command: ["prettier/bin/prettier.cjs", "--check", "."] },
  { kind: "check", name: "lint", command: ["eslint/bin/eslint.js", "."] },
  { kind: "check", name: "types", command: ["typescript/bin/tsc", "--noEmit"] },
  {
    kind: "check",
    name: "browser-types",
    command: ["typescript/bin/tsc", "--project", "runtimes/workflow/src/page/browser"],
  },
  { kind: "suite", name: "unit", lane: "processes", tools: [], packages: [], platform: false },
  { kind: "suite", name: "components", lane: "processes", tools: [], packages: [], platform: false },
  {
    kind: "suite",
    name: "runtime",
    lane: "processes",
    tools: [],
    packages: ["chromium", "nginx-light", "postgresql-15", "python3-venv"],
    platform: false,
  },
  {
    kind: "suite",
    name: "local",
    lane: "processes",
    tools: [],
    packages: ["fish", "python3-venv", "zsh"],
    platform: false,
  },
  { kind: "suite", name: "toolchain", lane: "processes", tools: clientTools, packages: [], platform: false },
  {
    kind: "suite",
    name: "cluster",
    lane: "processes",
    tools: [...clientTools, ...clusterTools],
    packages: [],
    platform: true,
  },
  {
    kind: "suite",
    name: "e2e",
    lane: "cluster",
    tools: [...clientTools, ...clusterTools],
    packages: [],
    platform: true,
  },
];

/**
 * The parts that the command line names, in their own order; all where it names none.
 *
 * @throws UserError where a name is none of a part
 */
export function chooseParts(names: readonly string[]): Part[] {
  const known = parts.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `npm test has no part ${unknown.map((name) => JSON.stringify(name)).join(", ")}; it has: ${known.join(", ")}`,
    );
  }
  return parts.filter(({ name }) => names.length === 0 || names.includes(name));
}
