import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import { projectRoot } from "../root.ts";
import type { StackAccess } from "../stack.ts";

/** What `pulumi preview --json` says, as far as it is asked for. */
interface Preview {
  readonly steps?: readonly { readonly op: string; readonly urn: string; readonly diffReasons?: readonly string[] }[];
  readonly diagnostics?: readonly { readonly severity: string; readonly message?: string }[];
}

type Stack = Pick<StackAccess, "stack" | "environment">;

/**
 * What an update of a stack would change.
 *
 * @returns a line for each resource, such as "update wordcount-count-service (spec)"
 * @throws UserError with what the program or pulumi refuses
 */
export async function plannedChanges({ stack, environment }: Stack): Promise<string[]> {
  const args = ["preview", "--json", "--stack", stack, "--non-interactive"];
  const result = await execa("pulumi", args, { cwd: projectRoot, env: environment, stdin: "ignore", reject: false });
  const { steps = [], diagnostics = [] } = parsed(result.stdout);
  const errors = diagnostics.flatMap(({ severity, message = "" }) => (severity === "error" ? [message.trim()] : []));
  if (result.failed || errors.length > 0) {
    const said = errors.join("\n") || result.stderr?.trim().replace(/^error: /, "") || result.shortMessage;
    const mend = said?.includes("no stack named") ? `; "pulumi stack init ${stack}" makes it` : "";
    throw new UserError(`an update of stack ${stack} would fail: ${said}${mend}`);
  }
  return steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn, diffReasons = [] }) => {
      const what = diffReasons.length === 0 ? "" : ` (${diffReasons.join(", ")})`;
      return `${op} ${urn.slice(urn.lastIndexOf("::") + 2)}${what}`;
    });
}

/**
 * Shows on the terminal what an update of a stack would change, in Pulumi's own words.
 *
 * @throws UserError where it would fail; why is on the terminal
 */
export async function showPreview({ stack, environment }: Stack): Promise<void> {
  // Standard output holds results alone.
  const stdio = ["ignore", process.stderr, process.stderr] as const;
  const result = await execa("pulumi", ["preview", "--diff", "--stack", stack], {
    cwd: projectRoot,
    env: environment,
    stdio,
    reject: false,
  });
  if (result.failed) throw new UserError(`an update of stack ${stack} would fail; the reason stands above`);
}

function parsed(text: string): Preview {
  try {
    return JSON.parse(text) as Preview;
  } catch {
    return {};
  }
}
