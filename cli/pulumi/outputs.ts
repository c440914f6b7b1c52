import { z } from "zod";
import { UserError } from "../../console/errors.ts";
import { readPulumi } from "./read.ts";
import { rememberedOutputs } from "./remembered-outputs.ts";
import { settingOf, unconfigured, type StackAccess } from "../stack.ts";

const service = z.object({ url: z.string(), host: z.string(), digest: z.string() });
const outputs = z.object({
  gatewayUrl: z.string(),
  namespace: z.string(),
  workflows: z.record(
    z.string(),
    service.extend({ functions: z.record(z.string(), service.extend({ revision: z.string(), image: z.string() })) }),
  ),
});

/** What a stack says of itself; the program's stack outputs. */
export type StackOutputs = z.output<typeof outputs>;

/**
 * Reads a stack's outputs from its last update.
 *
 * @throws UserError where the stack is not there or was not deployed yet
 */
export async function readStackOutputs(
  access: Pick<StackAccess, "stack" | "environment" | "instance">,
): Promise<StackOutputs> {
  const { stack, instance } = access;
  const outputs = parseOutputs(stack, await lastOutputs(access));
  // The embedded cluster's port may have changed since the last update.
  const moved = instance !== undefined && settingOf(stack, "gatewayUrl") === undefined;
  return moved ? { ...outputs, gatewayUrl: instance.gatewayLoopback } : outputs;
}

/**
 * What a stack's last update left as its outputs, as Pulumi tells them; an empty object where there was no update yet. The
 * state is asked, not the cluster.
 *
 * @throws UserError where the stack is not there
 */
export function lastOutputs(access: Pick<StackAccess, "stack" | "environment">): Promise<unknown> {
  const { stack, environment } = access;
  const args = ["stack", "output", "--json", "--stack", stack];
  return rememberedOutputs(access, async () => {
    const told = await readPulumi(environment, args, `the outputs of stack ${stack}`, () => unconfigured(stack));
    return JSON.parse(told) as unknown;
  });
}

function parseOutputs(stack: string, told: unknown): StackOutputs {
  const parsed = outputs.safeParse(told);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new UserError(
    `stack ${stack} does not have the outputs it should (${missing}); "pulumi up --stack ${stack}" deploys it`,
  );
}
