import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { UserError } from "../../console/errors.ts";
import { digestsByName, type DigestsByName } from "../../release/differences.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const service = z.object({ digest });
const outputs = z.union([
  z.object({ workflows: z.record(z.string(), service.extend({ functions: z.record(z.string(), service) })) }),
  // A stack that was never deployed.
  z.strictObject({}).transform(() => ({ workflows: {} })),
]);

/**
 * The digests that a stack's outputs tell.
 *
 * @param told the outputs as `pulumi stack output --json` writes them
 * @param origin where they are from, for the message
 * @throws UserError where they are no stack's outputs
 */
export function deployedDigests(told: unknown, origin: string): DigestsByName {
  const parsed = outputs.safeParse(told);
  if (!parsed.success) {
    throw new UserError(
      `${origin} has no outputs of a knflow stack, which have a sha256 as "digest" of each workflow and function below ` +
        `"workflows"; "pulumi stack output --json" writes them`,
    );
  }
  return digestsByName(parsed.data);
}

/**
 * Reads outputs that were written down before.
 *
 * @param file its path, or `-` for standard input
 * @throws UserError where it cannot be read, or is no JSON
 */
export async function readOutputsFile(file: string): Promise<unknown> {
  try {
    return JSON.parse(file === "-" ? await text(process.stdin) : await readFile(file, "utf8"));
  } catch (error) {
    const problem = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new UserError(`${outputsOrigin(file)} ${problem}: ${(error as Error).message}`);
  }
}

/** How messages call a file of outputs. */
export function outputsOrigin(file: string): string {
  return file === "-" ? "standard input (--outputs)" : `${file} (--outputs)`;
}
