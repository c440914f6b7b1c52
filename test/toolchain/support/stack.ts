import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type EngineEvent, type OutputMap } from "@pulumi/pulumi/automation/index.js";
import { buildTool, builtTool } from "../../../cluster/toolchain/go-build.ts";
import { ensureTools } from "../../../cluster/toolchain/index.ts";
import { makePulumiHome } from "../../../cluster/toolchain/pulumi-home.ts";
import { fillPlugin } from "../../../cluster/toolchain/plugins.ts";
import { toolOf } from "../../../cluster/toolchain/tools.ts";
import { createProgress } from "../../../console/progress.ts";

/** A program: what it gives are the stack's outputs. */
export type Program = () => Record<string, unknown> | undefined;

/** What the real engine did with a program. */
export interface Deployment {
  readonly outputs: Record<string, unknown>;
  /** The operations on resources, the stack itself left out, sorted: "create", "update", "replace", "delete", "same". */
  readonly operations: string[];
  /** Names of the outputs that are secret. */
  readonly secrets: string[];
  /** What the plugin showed while commands ran, by resource. */
  readonly shown: Record<string, string>;
}

/** A stack of a test's own, deployed by the real Pulumi CLI with the stand-in, its state in a folder. */
export interface TestStack {
  /** For files that the test's commands leave. */
  readonly folder: string;
  up(program: Program): Promise<Deployment>;
  preview(program: Program): Promise<Deployment>;
  refresh(): Promise<void>;
  destroy(): Promise<void>;
  /** The state as it is stored. */
  state(): Promise<string>;
  /** What the Pulumi CLI last said of an update or a preview. */
  said(): string;
  /** Removes all files: what is deployed are commands in the test's own folder. */
  remove(): Promise<void>;
}

export async function createStack(name: string): Promise<TestStack> {
  const folder = await mkdtemp(join(tmpdir(), "knflow-test-"));
  const progress = createProgress({ logDir: join(folder, "logs") });
  const toolchain = await ensureTools(["pulumi"], progress);
  // The stand-in itself, also where the official plugin is there.
  const standIn = toolOf("pulumi-resource-command");
  const pulumiHome = join(folder, "pulumi-home");
  await makePulumiHome(pulumiHome);
  await fillPlugin(standIn, (await builtTool(standIn)) ?? (await buildTool(standIn, progress)), pulumiHome);
  await mkdir(join(folder, "state"));

  let current: Program = () => undefined;
  let said = "";
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, projectName: "stand-in", program: () => Promise.resolve(current() ?? {}) },
    {
      pulumiHome,
      pulumiCommand: await PulumiCommand.get({
        root: dirname(dirname(toolchain.path("pulumi"))),
        skipVersionCheck: true,
      }),
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );

  return {
    folder,
    async up(program) {
      current = program;
      const events: EngineEvent[] = [];
      const { outputs, stdout, stderr } = await stack.up({ onEvent: (event) => events.push(event) });
      said = stdout + stderr;
      return deployment(events, outputs);
    },
    async preview(program) {
      current = program;
      const events: EngineEvent[] = [];
      const { stdout, stderr } = await stack.preview({ onEvent: (event) => events.push(event) });
      said = stdout + stderr;
      return deployment(events, {});
    },
    async refresh() {
      await stack.refresh();
    },
    async destroy() {
      await stack.destroy();
    },
    state() {
      return readFile(join(folder, "state", ".pulumi", "stacks", "stand-in", `${name}.json`), "utf8");
    },
    said: () => said,
    async remove() {
      await rm(folder, { recursive: true });
    },
  };
}

function deployment(events: readonly EngineEvent[], outputs: OutputMap): Deployment {
  const operations = events
    .map(({ resourcePreEvent }) => resourcePreEvent?.metadata)
    .filter((metadata) => metadata?.type === "command:local:Command")
    .map((metadata) => String(metadata?.op))
    .sort();
  const shown: Record<string, string> = {};
  for (const { diagnosticEvent } of events) {
    if (!diagnosticEvent?.ephemeral || diagnosticEvent.urn === undefined) continue;
    const name = diagnosticEvent.urn.split("::").at(-1) ?? "";
    shown[name] = (shown[name] ?? "") + diagnosticEvent.message;
  }
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value as unknown])),
    secrets: Object.keys(outputs).filter((key) => outputs[key]?.secret),
    operations,
    shown,
  };
}
