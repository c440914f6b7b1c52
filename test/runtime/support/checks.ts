import { copyFile, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checker, pythonRuntime, type PythonTools } from "./python.ts";

const root = join(import.meta.dirname, "../../..");

/** A program that finds faults in the Python code or in nginx's configuration. */
export interface CodeCheck {
  readonly name: string;
  readonly command: readonly [string, string[]];
  /** Where it runs. */
  readonly folder: string;
}

/** Everything that checks `runtimes/python`, the Python functions and `runtimes/file-server`. */
export async function codeChecks(tools: PythonTools): Promise<CodeCheck[]> {
  const settings = join(pythonRuntime, "pyproject.toml");
  const check = (name: string, module: string, args: string[], folder = root): CodeCheck => {
    const [program, first] = checker(tools, module);
    return { name, command: [program, [...first, ...args]], folder };
  };
  const cache = join(dirname(tools.packages), "checks");
  const mypy = ["--config-file", settings, "--cache-dir", join(cache, "mypy")];
  const ruff = ["--config", settings, "--cache-dir", join(cache, "ruff")];
  // The functions' own packages are not there: what comes from them is of any type.
  const withoutPackages = [
    "--disable-error-code",
    "import-not-found",
    "--allow-subclassing-any",
    "--no-warn-return-any",
  ];
  const python = ["runtimes/python", "functions", "test/runtime/fixtures/python"];
  return [
    check("ruff check", "ruff", ["check", ...ruff, ...python]),
    check("ruff format", "ruff", ["format", "--check", ...ruff, ...python]),
    check("mypy runtimes/python", "mypy", [...mypy, "knflow_runtime", "start.py"], pythonRuntime),
    // one call each: the functions' files all have the same name
    ...(await pythonFunctions()).map((folder) =>
      check(`mypy ${folder}`, "mypy", [...mypy, ...withoutPackages, "."], join(root, folder)),
    ),
    // As it is by default, and with the listing, which is where nginx.conf includes it from.
    check("gixy runtimes/file-server/nginx.conf", "gixy.cli", ["runtimes/file-server/nginx.conf"]),
    check("gixy with listing.conf", "gixy.cli", [join(await withListing(cache), "nginx.conf")]),
  ];
}

/** nginx.conf with listing.conf beside it as the file server has it where knflow:codeListing is true. */
async function withListing(folder: string): Promise<string> {
  const made = join(folder, "nginx-listing");
  await mkdir(join(made, "knflow.d"), { recursive: true });
  const source = join(root, "runtimes/file-server");
  await copyFile(join(source, "nginx.conf"), join(made, "nginx.conf"));
  await copyFile(join(source, "listing.conf"), join(made, "knflow.d/listing.conf"));
  return made;
}

/** The folders of functions with Python files, relative to the project. */
async function pythonFunctions(): Promise<string[]> {
  const files = await readdir(join(root, "functions"), { recursive: true });
  const folders = files.filter((file) => file.endsWith("main.py")).map((file) => join("functions", dirname(file)));
  return folders.sort();
}
