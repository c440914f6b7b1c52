import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { UserError } from "../../console/errors.ts";
import type { Progress } from "../../console/progress.ts";
import { describeDifference, differences } from "../../release/differences.ts";
import { currentOf, type Release, type Releases } from "../../release/release.ts";
import { proposedReleases, releasesFile } from "../../release/releases-file.ts";
import { releasesText, writeReleases } from "../../release/write-releases.ts";
import { Interrupted, untilInterrupted } from "../interrupt.ts";
import { describeChanges } from "../pulumi/events.ts";
import { readStackOutputs, type StackOutputs } from "../pulumi/outputs.ts";
import { plannedChanges, showPreview } from "../pulumi/preview.ts";
import { update } from "../pulumi/update.ts";
import { projectRoot } from "../root.ts";
import { stackName, type StackAccess } from "../stack.ts";
import { inTemporaryFolder } from "../temporary-folder.ts";

/** How a release is deployed. */
export interface DeployOptions {
  /** Whether nobody is asked. */
  readonly yes: boolean;
}

/** A release, deployed. */
export interface DeployedRelease {
  readonly stack: string;
  readonly release: Release;
  /** How many resources were changed, in words. */
  readonly changes: string;
  /** Where the release is written down, relative to the project. */
  readonly file: string;
}

/**
 * Has a stack run the current one of the releases given: shows what that changes, asks, writes the releases down, which is what
 * the stack's program goes by, and updates the stack. Where it is refused or would fail, the file was not touched.
 *
 * @throws UserError with the reason; where the update itself failed, the file has the new release, which another update goes on with
 */
export async function deployRelease(
  access: StackAccess,
  releases: Releases,
  { yes }: DeployOptions,
  progress: Progress,
): Promise<DeployedRelease> {
  const stack = stackName(access.stack);
  const release = currentOf(releases);
  const file = releasesFile(stack);
  await inTemporaryFolder("knflow-proposal-", async (folder) => {
    const proposal = join(folder, `${stack}.yaml`);
    await writeFile(proposal, releasesText(stack, releases));
    const proposed = { ...access, environment: { ...access.environment, [proposedReleases]: proposal } };
    await untilInterrupted(async (signal) => {
      if (yes) await progress.run(`preview of stack ${stack}`, () => plannedChanges(proposed));
      else await ask(proposed, `Have stack ${stack} run release ${release.number}?`, signal);
    }, nothingChanged);
  });
  await writeReleases(stack, projectRoot, releases);
  const changes = await progress
    .run(`pulumi up of stack ${stack}`, (step) => update(access, step))
    .catch((error: unknown) => {
      if (!(error instanceof UserError) || error instanceof Interrupted) throw error;
      throw new UserError(
        `${error.message}\n${file} names release ${release.number}: "pulumi up --stack ${stack}" goes on with it` +
          (release.before === undefined ? "" : `, "npx knflow rollback ${stack}" goes back`),
      );
    });
  refuseOther(stack, release, await readStackOutputs(access));
  return { stack, release, changes: describeChanges(changes), file };
}

const nothingChanged = "nothing was changed";

async function ask(access: StackAccess, question: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) throw new UserError("there is no terminal to ask on; --yes goes on without a question");
  await showPreview(access);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal
    .question(`${question} [y/N] `, { signal })
    .catch((error: unknown) => {
      // Ctrl-C: the terminal gives it as a key here, not as a signal.
      if ((error as Error).name === "AbortError") throw new Interrupted("SIGINT", nothingChanged);
      throw error;
    })
    .finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError(nothingChanged);
}

/** What was deployed has to be what was promoted, to the byte. */
function refuseOther(stack: string, release: Release, outputs: StackOutputs): void {
  const digestOf = (image: string) => image.slice(image.indexOf("@"));
  const images = new Set(Object.values(release.images).map((image) => digestOf(image ?? "")));
  const wrong = [
    ...differences(outputs, release).map((one) => describeDifference(one, `stack ${stack}`, "the release")),
    ...Object.entries(outputs.workflows).flatMap(([workflow, { functions }]) =>
      Object.entries(functions).flatMap(([fn, { image }]) =>
        images.has(digestOf(image)) ? [] : [`${workflow}/${fn}: its image ${image} is not the release's`],
      ),
    ),
  ];
  if (wrong.length === 0) return;
  throw new UserError(
    `stack ${stack} does not run release ${release.number}:\n${wrong.map((line) => `  ${line}`).join("\n")}`,
  );
}
