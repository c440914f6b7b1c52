import { createHash } from "node:crypto";
import { ArchiveError } from "../archive/names.ts";
import { unpackFile } from "../archive/unpack.ts";
import { loadDefinition, type Definition } from "../definition/index.ts";
import { download } from "./download.ts";
import { LoadError } from "./load-error.ts";
import { log } from "./log.ts";
import type { Settings } from "./settings.ts";

const file = "workflow.yaml";

/**
 * Downloads the archive, checks it, and takes the definition out of it.
 *
 * @throws LoadError
 */
export async function loadWorkflow(settings: Settings): Promise<Definition> {
  const { object, sha256, addresses } = settings;
  const address = settings.origin + object;
  // Less than the whole time, since its reason says more than that the start took too long.
  const archive = await download(address, settings.loadTimeoutSeconds * 0.9, (reason) =>
    log("warn", "download failed, trying again", { reason }),
  );
  const digest = createHash("sha256").update(archive).digest("hex");
  if (digest !== sha256) {
    throw new LoadError(
      "ChecksumError",
      `${address} has sha256 ${digest}, but ${sha256} is expected: the stored archive is damaged or is another one`,
    );
  }
  const loaded = loadDefinition(unpack(archive, object), file, Object.keys(addresses));
  if ("definition" in loaded) return loaded.definition;
  const problems = loaded.problems.map((one) => `${one.file}:${one.line}:${one.column}: ${one.message}`);
  throw new LoadError("DefinitionError", problems.join("; "));
}

/** The digest that an object's name holds. */
export function digestIn(object: string): string {
  return /([0-9a-f]{64})\.zip$/.exec(object)?.[1] ?? "";
}

function unpack(archive: Buffer, object: string): string {
  let content: Buffer | undefined;
  try {
    content = unpackFile(archive, file);
  } catch (error) {
    if (error instanceof ArchiveError) throw new LoadError("ArchiveError", `${object}: ${error.message}`);
    throw error;
  }
  if (content === undefined) throw new LoadError("DefinitionMissing", `${object} has no ${file}`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw new LoadError("DefinitionError", `${file} is not UTF-8`);
  }
}
