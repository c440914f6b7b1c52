import { existsSync, readdirSync } from "node:fs";
import { isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";
import { LoadError } from "./errors.ts";
import { messageOf, nameOf, placeOf, traceOf } from "./faults.ts";
import { placeOfSyntaxError } from "./syntax.ts";

/** A module's exports by name; `default` may hold those of a CommonJS module. */
export interface UserModule {
  /** Its file, relative to the code's folder. */
  readonly file: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Built files come before their sources, which may lie beside them. */
const extensions = [".mjs", ".js", ".cjs", ".mts", ".ts", ".cts"];

/**
 * Imports a module of the user's code.
 *
 * @param name its path with dots instead of slashes, without an extension
 * @throws LoadError with the place of the fault
 */
export async function importModule(root: string, name: string): Promise<UserModule> {
  const file = findFile(root, name);
  process.chdir(root);
  hideHint();
  try {
    const exports = (await import(pathToFileURL(`${root}/${file}`).href)) as Record<string, unknown>;
    return { file, exports };
  } catch (error) {
    if (error instanceof LoadError) throw error;
    const isSyntax = error instanceof SyntaxError;
    const place = placeOf(error, root) || (isSyntax ? placeOfSyntaxError(root, `${root}/${file}`) : "");
    throw new LoadError(kindOf(error), messageOf(error, root), place, traceOf(error));
  }
}

/** A module that is not there gets the name that says so; for Node it is an Error with a code. */
function kindOf(error: unknown): string {
  const code = String((error as { code?: unknown } | null)?.code);
  return ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(code) ? "ModuleNotFoundError" : nameOf(error);
}

function findFile(root: string, name: string): string {
  const path = name.replaceAll(".", "/");
  const candidates = [path, `${path}/index`].flatMap((base) => extensions.map((extension) => base + extension));
  const found = candidates.find((file) => existsSync(`${root}/${file}`));
  if (found !== undefined) return found;
  const files = readdirSync(root).filter((file) => extensions.some((extension) => file.endsWith(extension)));
  throw new LoadError(
    "HandlerMissing",
    `there is no ${path}.js or ${path}.ts in the archive; its JavaScript and TypeScript files are: ` +
      (files.sort().join(", ") || "none") +
      (isBuiltin(name) ? `; ${name} is a module of Node's own` : ""),
  );
}

/** Node's hint that a package.json would save it a look at the syntax: nothing that a function's log is for. */
function hideHint(): void {
  const emitWarning = process.emitWarning.bind(process) as (...rest: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    const options = rest[0] as { code?: string } | string | undefined;
    const code = typeof options === "object" ? options.code : rest[1];
    if (code !== "MODULE_TYPELESS_PACKAGE_JSON") emitWarning(warning, ...rest);
  };
}
