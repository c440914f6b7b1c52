import { createHash } from "node:crypto";
import { ArchiveError } from "../archive/names.ts";
import { unpackFiles } from "../archive/unpack.ts";
import { loadDefinition, type Definition } from "../definition/index.ts";
import type { Example } from "../page/document.ts";
import { download } from "./download.ts";
import { LoadError } from "./load-error.ts";
import { log } from "./log.ts";
import type { Settings } from "./settings.ts";

const file = "workflow.yaml";

/** What an archive holds for the executor. */
export interface LoadedWorkflow {
  readonly definition: Definition;
  /** For the workflow's page. */
  readonly examples: readonly Example[];
}

/**
 * Downloads the archive, checks it, and takes the definition out of it, and the example inputs.
 *
 * @throws LoadError
 */
export async function loadWorkflow(settings: Settings): Promise<LoadedWorkflow> {
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
  const files = unpack(archive, object);
  const loaded = loadDefinition(definitionIn(files, object), file, Object.keys(addresses));
  if ("definition" in loaded) return { definition: loaded.definition, examples: examplesIn(files) };
  const problems = loaded.problems.map((one) => `${one.file}:${one.line}:${one.column}: ${one.message}`);
  throw new LoadError("DefinitionError", problems.join("; "));
}

/** The digest that an object's name holds. */
export function digestIn(object: string): string {
  return /([0-9a-f]{64})\.zip$/.exec(object)?.[1] ?? "";
}

type Files = ReadonlyMap<string, Buffer>;

function unpack(archive: Buffer, object: string): Files {
  try {
    return unpackFiles(archive, (name) => name === file || exampleName(name) !== undefined);
  } catch (error) {
    if (error instanceof ArchiveError) throw new LoadError("ArchiveError", `${object}: ${error.message}`);
    throw error;
  }
}

function definitionIn(files: Files, object: string): string {
  const content = files.get(file);
  if (content === undefined) throw new LoadError("DefinitionMissing", `${object} has no ${file}`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw new LoadError("DefinitionError", `${file} is not UTF-8`);
  }
}

/** `no-room` of `examples/input-no-room.json`; undefined where a file is no example input. */
function exampleName(path: string): string | undefined {
  const found = /^examples\/input(?:-([^/]+))?\.json$/.exec(path);
  return found === null ? undefined : (found[1] ?? "example");
}

/** The one without a name of its own first. */
function examplesIn(files: Files): Example[] {
  const paths = [...files.keys()].sort((a, b) => Number(a.includes("-")) - Number(b.includes("-")));
  return paths.flatMap((path) => {
    const name = exampleName(path);
    return name === undefined ? [] : [{ name, text: String(files.get(path)) }];
  });
}
