import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { systemReason, UserError } from "../../console/errors.ts";
import { localWorkflow, type LocalWorkflow } from "../../local/session.ts";
import { loadDefinition } from "../../runtimes/workflow/src/definition/index.ts";
import { schemaProblems } from "../../source/workflow-schema.ts";
import { readWorkflows, workflowNames } from "../../source/workflow-source.ts";
import { formatProblem } from "../../source/yaml-file.ts";
import { functionsFolder } from "../root.ts";

/**
 * The project's workflows.
 *
 * @param only the one to read; all where it is not given
 * @throws UserError with every problem in their files
 */
export async function projectWorkflows(only?: string): Promise<LocalWorkflow[]> {
  return whileFilesGo(async () => {
    const sources = await readWorkflows(functionsFolder(), only);
    return Promise.all(sources.map(localWorkflow));
  });
}

/** A workflow of the project; nothing where there is none of the name. */
export async function projectWorkflow(name: string): Promise<LocalWorkflow | undefined> {
  if (!(await workflowNames(functionsFolder())).includes(name)) return undefined;
  return (await projectWorkflows(name))[0];
}

/** Milliseconds after which files are read again of which one was gone when its turn came, and how often. */
const [settleTime, mostReadings] = [50, 20];

/** Reads files while others are at work on them: editors, `git checkout`, a folder's removal. */
export async function whileFilesGo<T>(read: () => Promise<T>): Promise<T> {
  for (let reading = 1; ; reading++) {
    try {
      return await read();
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
      if (reading === mostReadings) throw new UserError(`${path} is not there any more`);
      await pause(settleTime);
    }
  }
}

/** Whether an argument names a definition's file, be it a pipe, rather than a workflow or function of the project. */
export function isDefinitionFile(target: string): boolean {
  if (/\.(ya?ml|json)$/.test(target)) return true;
  // Among the project's folders a function's name is that of its folder, too.
  return target.includes("/") && existsSync(target) && !statSync(target).isDirectory();
}

/**
 * A definition without functions, from any file.
 *
 * @throws UserError where it cannot be read, or with every problem in it
 */
export async function bareWorkflow(file: string): Promise<LocalWorkflow> {
  let definition: string;
  try {
    definition = await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${systemReason(error)}`);
  }
  const loaded = loadDefinition(definition, file, []);
  const problems = "problems" in loaded ? loaded.problems : await schemaProblems(definition, file);
  if (problems.length > 0) throw new UserError(problems.map(formatProblem).join("\n"));
  return { name: "workflow", files: [{ path: "workflow.yaml", content: Buffer.from(definition) }], functions: [] };
}
