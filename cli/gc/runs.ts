import { UserError } from "../../console/errors.ts";
import { runKeeperName } from "../../manifests/run-store.ts";
import type { Kubectl } from "../kubectl.ts";
import type { NameSource } from "./names.ts";

const program = "src/keeper/archives-in-use.ts";

/**
 * The archives that open runs go on with: a run keeps the definition that it was started with.
 *
 * @param hasRunStore whether the stack's state has one; without one there are no runs to ask for
 *
 * @throws UserError where the store cannot be asked
 */
export async function readOpenRuns(kubectl: Kubectl, hasRunStore: boolean): Promise<NameSource[]> {
  const keeper = await kubectl.run(["get", "deployment", runKeeperName, "--ignore-not-found", "-o", "name"]);
  if (keeper.trim() === "") {
    if (!hasRunStore) return [];
    throw new UserError(
      `the archives that open runs need cannot be asked for: the Deployment ${runKeeperName} is missing although the stack has ` +
        'a run store; run "pulumi up --refresh"',
    );
  }
  const { failed, stdout, stderr, shortMessage } = await kubectl.start([
    ...["exec", `deploy/${runKeeperName}`, "--", "node", program],
  ]);
  if (failed) {
    const said = stderr.includes("ERR_MODULE_NOT_FOUND") || stderr.includes("Cannot find module");
    const reason = said ? 'the run keeper is of an earlier version; run "pulumi up"' : stderr.trim() || shortMessage;
    throw new UserError(`the archives that open runs need cannot be asked for: ${reason}`);
  }
  return [{ what: "an open run", content: stdout }];
}
