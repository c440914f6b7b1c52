import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../cluster/paths.ts";
import { projectName, stackName, type StackAccess } from "../stack.ts";

type OfStack = Pick<StackAccess, "stack" | "environment">;

/** What is remembered: the outputs, and which state they are of. */
interface Remembered {
  readonly state: string;
  readonly outputs: unknown;
}

/**
 * A stack's outputs as they were read last, where its state has not changed since: Pulumi takes most of a second to tell them. Known
 * of states in a folder (`file:///...`, as the embedded cluster's are), of which each update writes another file.
 *
 * @param read asks Pulumi
 */
export async function rememberedOutputs(access: OfStack, read: () => Promise<unknown>): Promise<unknown> {
  const before = await stateOf(access);
  if (before === undefined) return read();
  const folder = join(cacheDir(), "outputs");
  const file = join(folder, createHash("sha256").update(before.file).digest("hex"));
  const remembered = await readFile(file, "utf8").then(
    (text) => JSON.parse(text) as Remembered,
    () => undefined,
  );
  if (remembered?.state === before.state) return remembered.outputs;
  const outputs = await read();
  if ((await stateOf(access))?.state !== before.state) return outputs;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, JSON.stringify({ state: before.state, outputs } satisfies Remembered));
  await rename(partial, file);
  return outputs;
}

/** A stack's state: its file, and what tells it from any other state there. Undefined where it is not in a folder, or not there. */
async function stateOf({ stack, environment }: OfStack): Promise<{ file: string; state: string } | undefined> {
  const backend = environment.PULUMI_BACKEND_URL ?? process.env.PULUMI_BACKEND_URL;
  if (backend?.startsWith("file:///") !== true) return undefined;
  const folder = join(backend.slice("file://".length), ".pulumi", "stacks", projectName());
  const own = ["", ".gz", ".zst"].map((compressed) => `${stackName(stack)}.json${compressed}`);
  const files = (await readdir(folder).catch(() => [])).filter((name) => own.includes(name));
  const [name] = files;
  if (name === undefined || files.length > 1) return undefined;
  const file = join(folder, name);
  const { ino, size, mtimeNs } = await stat(file, { bigint: true });
  return { file, state: [ino, size, mtimeNs].join(" ") };
}
