import { paint } from "../../console/colour.ts";

/** What a finding is about. */
export type Area = "tools" | "settings" | "cluster" | "storage" | "network" | "functions";

/** One thing that `knflow doctor` looked at. */
export interface Finding {
  readonly area: Area;
  /** What was looked at, such as `kubectl`. */
  readonly name: string;
  /** `warning`: it works, but not as it should; `unknown`: it could not be looked at. */
  readonly state: "ok" | "warning" | "problem" | "unknown";
  /** What was seen. */
  readonly seen: string;
  /** What mends it, or lets it be looked at; none where it is ok. */
  readonly fix?: string;
}

const colours = { ok: "green", warning: "yellow", problem: "red", unknown: "magenta" } as const;

/** Findings as text for people. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = (of: (finding: Finding) => string) => Math.max(...findings.map((finding) => of(finding).length));
  const [area, name] = [width((one) => one.area), width((one) => one.name)];
  const margin = " ".repeat("problem".length + area + name + 6);
  const lines = findings.flatMap((one) => [
    `${paint(colours[one.state], one.state.padEnd("problem".length))}  ${one.area.padEnd(area)}  ${one.name.padEnd(name)}  ${one.seen}`,
    ...(one.fix === undefined ? [] : [`${margin}fix: ${one.fix}`]),
  ]);
  return `${lines.join("\n")}\n\n${summary(findings)}\n`;
}

function summary(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const some = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const [problems, warnings, unknown] = [count("problem"), count("warning"), count("unknown")];
  const parts = [
    problems === 0 ? "no problems" : some(problems, "problem"),
    ...(warnings === 0 ? [] : [some(warnings, "warning")]),
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
  ];
  return parts.join(", ");
}
