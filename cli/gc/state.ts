import { UserError } from "../../console/errors.ts";
import { exportState, readPulumi } from "../pulumi/read.ts";
import type { StackAccess } from "../stack.ts";
import type { NameSource } from "./names.ts";

/** What the stacks of a project say. */
interface States {
  readonly sources: readonly NameSource[];
  /** Whether the stack itself has a run store. */
  readonly hasRunStore: boolean;
}

/**
 * The state of a stack, what an update left pending or failed at included, and that of the project's other stacks in the same
 * backend: one may be about to deploy what another one has.
 *
 * @param ignored other stacks whose states do not count
 * @throws UserError where one cannot be read: it may name anything
 */
export async function readStates(
  access: Pick<StackAccess, "stack" | "environment">,
  ignored: readonly string[],
): Promise<States> {
  const { environment } = access;
  const own = await exported(access);
  const sources = [own];
  for (const stack of await otherStacks(access)) {
    if (ignored.includes(stack)) continue;
    try {
      sources.push(await exported({ stack, environment }));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `${error.message}\nIt may name archives, so none was removed. Make it readable, or, if stack ${stack} is gone for good, ` +
          `leave it out: knflow gc --ignore-stack ${stack}`,
      );
    }
  }
  return { sources, hasRunStore: JSON.stringify(own.content).includes('"knflow:platform:RunStore"') };
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
