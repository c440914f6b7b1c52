import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages } from "../../../cluster/toolchain/debian.ts";
import { stateDir } from "../../../cluster/paths.ts";
import { createProgress } from "../../../console/progress.ts";
import { NginxServer } from "./nginx.ts";
import { layOutExecutor } from "./executor.ts";
import { compileNodeRuntime } from "./node.ts";
import { findPython, providePython, type PythonTools } from "./python.ts";

/** What the tests of a file share. */
export interface Shared {
  readonly python: PythonTools;
  readonly fileServer: NginxServer;
  /** The folder of this run's tests. */
  readonly root: string;
  /** The folder of the file's tests, readable by all. */
  readonly folder: string;
}

/** Hands what is made once to the processes that the test files run in. */
const variable = "KNFLOW_TEST_SETUP";

let made: Shared | undefined;

export function shared(): Shared {
  if (made === undefined) throw new Error("the set-up is made by mocha's fixtures: run mocha with --config");
  return made;
}

/** Runs once, before mocha starts those processes. */
export async function mochaGlobalSetup(): Promise<void> {
  const progress = createProgress({ logDir: join(stateDir(), "logs", "test-runtime") });
  await ensureDebianPackages(
    ["busybox", "chromium", "dash", "nginx", "postgresql-15", "python3", "python3-venv"],
    progress,
  );
  const python = await providePython(await findPython(), progress);
  const root = await mkdtemp(join(tmpdir(), "knflow-runtime-"));
  await chmod(root, 0o755); // nginx's workers are not root
  await Promise.all([compileNodeRuntime(root), layOutExecutor(root)]);
  process.env[variable] = JSON.stringify({ python, root });
}

export async function mochaGlobalTeardown(): Promise<void> {
  const { root } = JSON.parse(process.env[variable] ?? "{}") as Partial<Shared>;
  if (root) await rm(root, { recursive: true, force: true });
}

/** Run around each test file, in its process. */
export const mochaHooks = {
  async beforeAll(): Promise<void> {
    const once = JSON.parse(process.env[variable] ?? "{}") as Pick<Shared, "python" | "root">;
    const folder = await mkdtemp(join(once.root, "file-"));
    await chmod(folder, 0o755);
    made = { ...once, folder, fileServer: await NginxServer.start(join(folder, "file-server")) };
  },
  async afterAll(): Promise<void> {
    await made?.fileServer.stop();
    made = undefined;
  },
};
