import { UserError } from "../../console/errors.ts";
import { exportState, readPulumi } from "../pulumi/read.ts";
import type { StackAccess } from "../stack.ts";
import type { NameSource } from "./names.ts";

/** What the stacks of a project say, and what could not be asked. */
interface States {
  readonly sources: readonly NameSource[];
  /** Other stacks whose state could not be read, with the reason. */
  readonly unread: readonly string[];
}

/**
 * The state of a stack, what an update left pending or failed at included, and that of the project's other stacks in the same
 * backend: one may be about to deploy what another one has.
 *
 * @throws UserError where the stack's own cannot be read
 */
export async function readStates(access: Pick<StackAccess, "stack" | "environment">): Promise<States> {
  const { environment } = access;
  const sources = [await exported(access)];
  const unread: string[] = [];
  for (const stack of await otherStacks(access)) {
    try {
      sources.push(await exported({ stack, environment }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unread.push(error.message);
    }
  }
  return { sources, unread };
}

async function exported(access: Pick<StackAccess, "stack" | "environment">): Promise<NameSource> {
  return { what: `the state of stack ${access.stack}`, content: await exportState(access) };
}

async function otherStacks({ stack, environment }: Pick<StackAccess, "stack" | "environment">): Promise<string[]> {
  const listed = JSON.parse(await readPulumi(environment, ["stack", "ls", "--json"], "the project's stacks")) as {
    readonly name: string;
  }[];
  return listed.map(({ name }) => name).filter((name) => name !== stack);
}
