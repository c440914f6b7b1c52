import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packZip } from "../../../archive/zip.ts";
import { putArchive, RuntimeProcess, type RuntimeKind, type StartOptions } from "./runtime.ts";

/** Puts the handlers of `fixtures/<runtime>/` on the code volume. */
export async function putFixture(kind: RuntimeKind): Promise<string> {
  const file = kind.entryFile;
  const content = await readFile(join(import.meta.dirname, "../fixtures", kind.name, file));
  return putArchive(await packZip([{ path: file, content }]));
}

/** A runtime that serves one of those handlers while the work runs. */
export async function serving<T>(
  kind: RuntimeKind,
  handler: string,
  env: StartOptions["env"],
  work: (runtime: RuntimeProcess) => Promise<T>,
): Promise<T> {
  const options = { handler: `main.${handler}`, ...(env === undefined ? {} : { env }) };
  const runtime = await RuntimeProcess.start(kind, await putFixture(kind), options);
  try {
    return await work(runtime);
  } finally {
    await runtime.stop();
  }
}
