import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/**
 * Waits until the engine has been asked for what was declared before, if that depends on no other resource than the stack. Its answer
 * is not waited for: it comes once a provider's plugin has started.
 */
export async function declared(): Promise<void> {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined) return;
  // What is declared in the stack is sent once that has its URN.
  await new Promise((resolve) => stack.urn.apply(resolve));
  await setImmediate();
}
