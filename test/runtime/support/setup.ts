import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages } from "../../../cluster/toolchain/debian.ts";
import { stateDir } from "../../../cluster/paths.ts";
import { createProgress } from "../../../console/progress.ts";
import { NginxServer } from "./nginx.ts";
import { fillCompileCache } from "./node.ts";
import { findPython, providePython, type PythonTools } from "./python.ts";

/** What the tests of this folder share; made before the first one, gone after the last one. */
export interface Shared {
  readonly python: PythonTools;
  readonly fileServer: NginxServer;
  /** A folder of the tests' own, readable by all. */
  readonly folder: string;
}

let made: Shared | undefined;

export function shared(): Shared {
  if (made === undefined)
    throw new Error("the shared set-up is made by mocha's global fixture: run mocha with --config");
  return made;
}

export async function mochaGlobalSetup(): Promise<void> {
  const progress = createProgress({ logDir: join(stateDir(), "logs", "test-runtime") });
  await ensureDebianPackages(["nginx", "python3", "python3-venv", "busybox", "dash"], progress);
  const python = await providePython(await findPython(), progress);
  const folder = await mkdtemp(join(tmpdir(), "knflow-runtime-"));
  await chmod(folder, 0o755); // nginx's workers are not root
  await fillCompileCache(folder);
  made = { python, folder, fileServer: await NginxServer.start(join(folder, "file-server")) };
}

export async function mochaGlobalTeardown(): Promise<void> {
  await made?.fileServer.stop();
  if (made) await rm(made.folder, { recursive: true, force: true });
}
