import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/**
 * Waits until the engine has been asked for what was declared in the stack, or in components, if that depends on no more than these do. Its
 * answers are not waited for: they come once a provider's plugin has started, or a command has ended.
 */
export async function declared(parents: readonly pulumi.Resource[] = stackAlone()): Promise<void> {
  // What is declared in a component is sent once that has its URN.
  await new Promise((resolve) => pulumi.all(parents.map(({ urn }) => urn)).apply(resolve));
  await setImmediate();
}

function stackAlone(): pulumi.Resource[] {
  const stack = pulumi.runtime.getStackResource();
  return stack === undefined ? [] : [stack];
}
