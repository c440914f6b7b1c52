import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import { projectRoot } from "../root.ts";
import type { StackAccess } from "../stack.ts";

/**
 * What Pulumi knows of a stack, as JSON gives it; secrets stay encrypted.
 *
 * @throws UserError where it cannot be read
 */
export async function exportState({
  stack,
  environment,
}: Pick<StackAccess, "stack" | "environment">): Promise<unknown> {
  return JSON.parse(
    await readPulumi(environment, ["stack", "export", "--stack", stack], `the state of stack ${stack}`),
  );
}

/**
 * What a call of pulumi prints that changes nothing.
 *
 * @param what for people, where it fails
 * @param hint gives what is most likely wrong, which then comes before Pulumi's own words
 */
export async function readPulumi(
  environment: Record<string, string>,
  args: readonly string[],
  what: string,
  hint = () => "",
): Promise<string> {
  const result = await execa("pulumi", [...args, "--non-interactive"], {
    cwd: projectRoot,
    env: environment,
    stdin: "ignore",
    reject: false,
  });
  if (!result.failed) return result.stdout;
  const said = result.stderr?.trim().replace(/^error: /, "") || result.shortMessage;
  const why = hint();
  throw new UserError(
    why === "" ? `${what} cannot be read: ${said}` : `${what} cannot be read${why} (Pulumi says: ${said})`,
  );
}
