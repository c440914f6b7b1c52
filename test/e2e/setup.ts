import assert from "node:assert/strict";
import { join } from "node:path";
import { clusterDown, clusterUp } from "../../cluster/embedded/index.ts";
import { createProgress } from "../../console/progress.ts";
import { Project } from "./project.ts";
import { Telemetry } from "./telemetry.ts";

const instanceName = "npm-test";
/** The one that `npm start` deploys. */
export const stack = "dev";
export const namespace = `knflow-${stack}`;

const progress = createProgress({ logDir: join(import.meta.dirname, "..", "..", "tmp", "logs", "e2e") });
let made: Project | undefined;
let told: Telemetry | undefined;

/** The project whose stack all files of this suite work on, in the order of .mocharc.json: each goes on from the one before. */
export function project(): Project {
  assert.ok(made, "the project is made before the first test");
  return made;
}

/** What the processes of that stack and of its platform tell, where a caller asks for it. */
export function telemetry(): Telemetry {
  assert.ok(told, "the collector is there before the first test");
  return told;
}

/** Where the archive of one of wordcount's functions is in the file server's pod. */
export async function archiveOf(fn: string, folder = "/data/uploads/"): Promise<string> {
  return `${folder}wordcount/${fn}-${(await project().outputs()).workflows.wordcount?.functions[fn]?.digest}.zip`;
}

/** The embedded cluster of this suite, from nothing, and its end. */
export const mochaHooks = {
  async beforeAll(): Promise<void> {
    // What tests that were killed left.
    await clusterDown(instanceName, { purge: true }, progress);
    const instance = await clusterUp(instanceName, progress);
    told = await Telemetry.start(instance.nodeIp);
    made = await Project.create(stack, instance, told.settings, progress);
  },
  async afterAll(): Promise<void> {
    await made?.remove();
    await told?.stop();
    await clusterDown(instanceName, { purge: true }, progress);
  },
};
