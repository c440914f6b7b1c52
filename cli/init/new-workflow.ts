import { existsSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { UserError } from "../../console/errors.ts";
import { functionServiceName, maximalServiceName, nameProblem } from "../../source/names.ts";
import { defaultFunctionsFolder, projectRoot } from "../root.ts";

/** The languages that there are templates for, each a folder of `templates/`. */
export type Language = "python" | "node";

/** The name that the templates' workflow and its one function have. */
const [templateName, templateFunction] = ["hello", "greet"];

/**
 * Makes a workflow from a template.
 *
 * @returns its files and its example's input, relative to the project
 * @throws UserError where the name cannot be, or is taken
 */
export async function newWorkflow(name: string, language: Language): Promise<{ files: string[]; input: string }> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new UserError(problem);
  const service = functionServiceName(name, templateFunction);
  if (service.length > maximalServiceName) {
    throw new UserError(
      `${JSON.stringify(name)} is too long: with its function it is ${service.length} characters, of which there may be ${maximalServiceName}`,
    );
  }
  const target = join(projectRoot, defaultFunctionsFolder, name);
  const shown = (path: string) => relative(projectRoot, join(target, path));
  if (existsSync(target)) throw new UserError(`${shown("")} is there already; choose another name, or remove it`);
  await cp(join(projectRoot, "templates", language), target, { recursive: true, errorOnExist: true, force: false });
  const definition = join(target, "workflow.yaml");
  const text = await readFile(definition, "utf8");
  await writeFile(definition, text.replace(`name: ${templateName}\n`, `name: ${name}\n`));

  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name: file }) => join(parentPath, file));
  return { files: files.map((file) => relative(projectRoot, file)).sort(), input: shown("examples/input.json") };
}
