import type { DeployedRelease } from "./deploy.ts";

/** What was done, for people. */
export function describeDeployed({ stack, release, changes, file }: DeployedRelease): string {
  const { number, from, commit, date, workflows } = release;
  const names = Object.entries(workflows).map(
    ([name, { functions }]) => `  ${name}: ${Object.keys(functions).join(", ")}\n`,
  );
  return (
    `stack ${stack} runs release ${number}, promoted from stack ${from} on ${date} (commit ${commit.slice(0, 12)}): ${changes}\n` +
    `${names.join("")}commit ${file}, so that others know\n`
  );
}
