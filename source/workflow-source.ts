import { existsSync } from "node:fs";
import { lstat, readFile, readdir } from "node:fs/promises";
import { posix } from "node:path";
import { describeArchive, type CodeObject } from "../archive/code-object.ts";
import { workflowArchiveName } from "../archive/object-name.ts";
import { didYouMean } from "../console/did-you-mean.ts";
import { UserError } from "../console/errors.ts";
import { fileServerName } from "../manifests/file-server.ts";
import { runKeeperName, runStoreName } from "../manifests/run-store.ts";
import { loadDefinition } from "../runtimes/workflow/src/definition/index.ts";
import type { DependencySpec } from "../dependencies/spec.ts";
import { dependenciesOf } from "./dependencies.ts";
import { functionYaml, largestInMemory, type FunctionSettings } from "./function-yaml.ts";
import type { FunctionSecret } from "./secrets.ts";
import { functionServiceName, maximalServiceName, nameProblem } from "./names.ts";
import { schemaProblems } from "./workflow-schema.ts";
import { formatProblem, readYamlFile, type Problem } from "./yaml-file.ts";

/** A function as its folder describes it. */
export interface FunctionSource {
  readonly name: string;
  readonly settings: FunctionSettings;
  readonly secrets: readonly FunctionSecret[];
  readonly archive: CodeObject;
  /** Its third-party packages, where it has any. */
  readonly dependencies: DependencySpec | undefined;
}

/** A workflow as its folder describes it: checked, and its archives named by their contents. */
export interface WorkflowSource {
  readonly name: string;
  /** The archive of `workflow.yaml`, which the executor runs, and of the example inputs, which its page offers. */
  readonly archive: CodeObject;
  readonly functions: readonly FunctionSource[];
}

/**
 * Reads all workflows below a folder: `<folder>/<workflow>/workflow.yaml`, and beside it one folder a function with a
 * `function.yaml`; other folders there (examples, notes) are left alone.
 *
 * @param folder relative to the project's root
 * @param only the one workflow to read; all of them where it is not given
 * @throws UserError with every problem of every file, each with its place
 */
export async function readWorkflows(folder: string, only?: string): Promise<WorkflowSource[]> {
  const names = await workflowNames(folder, only);
  const read = await Promise.all(names.map((name) => readWorkflow(folder, name)));
  const problems = [...read.flatMap((result) => result.problems), ...sharedServices(read)];
  if (problems.length > 0) throw new UserError(problems.map(formatProblem).join("\n"));
  const sources = await Promise.all(read.map((result) => describe(result)));
  const large = sources.flatMap((source) => tooLargeForMemory(folder, source));
  if (large.length > 0) throw new UserError(large.map(formatProblem).join("\n"));
  return sources;
}

/**
 * The workflows below a folder, by name, not read.
 *
 * @param only the one that is wanted; all of them where it is not given
 * @throws UserError where there is none, or not that one
 */
export async function workflowNames(folder: string, only?: string): Promise<string[]> {
  if (!existsSync(folder))
    throw new UserError(`no folder ${folder}: create it, or set knflow:functions to where your workflows are`);
  const names = (await foldersIn(folder)).filter((name) => existsSync(posix.join(folder, name, "workflow.yaml")));
  if (names.length === 0)
    throw new UserError(`no workflow in ${folder}: a workflow is a folder there with a workflow.yaml`);
  if (only === undefined) return names;
  if (names.includes(only)) return [only];
  throw new UserError(`there is no workflow ${JSON.stringify(only)} in ${folder}; ${didYouMean(only, names)}`);
}

interface ReadWorkflow {
  readonly name: string;
  readonly folder: string;
  readonly functions: {
    name: string;
    folder: string;
    settings: FunctionSettings;
    secrets: FunctionSecret[];
    dependencies: DependencySpec | undefined;
  }[];
  readonly problems: Problem[];
}

async function readWorkflow(parent: string, name: string): Promise<ReadWorkflow> {
  const folder = posix.join(parent, name);
  const definitionFile = posix.join(folder, "workflow.yaml");
  const problems: Problem[] = [];
  const refuse = (file: string, message: string) => problems.push({ file, line: 1, column: 1, message });
  const wrongName = nameProblem(name);
  if (wrongName) refuse(definitionFile, `the folder's name ${wrongName}`);

  const functionNames = (await foldersIn(folder)).filter((entry) =>
    existsSync(posix.join(folder, entry, "function.yaml")),
  );
  const functions: ReadWorkflow["functions"] = [];
  for (const functionName of functionNames) {
    const file = posix.join(folder, functionName, "function.yaml");
    const wrong = nameProblem(functionName);
    if (wrong) refuse(file, `the folder's name ${wrong}`);
    const service = functionServiceName(name, functionName);
    if (service.length > maximalServiceName) {
      refuse(
        file,
        `the Knative Service ${service} has ${service.length} characters, at most ${maximalServiceName} are possible; shorten a folder's name`,
      );
    }
    const result = await readYamlFile(file, functionYaml);
    problems.push(...result.problems);
    if (!result.value) continue;
    const { value: settings, placeOf } = result;
    const functionFolder = posix.join(folder, functionName);
    const secrets = Object.entries(settings.secrets).map(([variable, from]) => ({
      variable,
      from,
      place: placeOf(["secrets", variable]),
    }));
    const dependencies = await dependenciesOf(functionFolder, folder, settings);
    if (typeof dependencies === "string") refuse(file, dependencies);
    else if (dependencies !== undefined && settings.tmp === "memory") {
      const message = `tmp: memory is for functions without third-party packages, and this has ${dependencies.lock}; leave tmp out`;
      problems.push({ ...placeOf(["tmp"]), message });
    } else functions.push({ name: functionName, folder: functionFolder, settings, secrets, dependencies });
  }

  const text = await readFile(definitionFile, "utf8");
  const definition = loadDefinition(text, definitionFile, functionNames);
  problems.push(...("problems" in definition ? definition.problems : await schemaProblems(text, definitionFile)));
  return { name, folder, functions, problems };
}

/** Services that the namespace has besides. */
const platformServices: ReadonlySet<string> = new Set([fileServerName, runStoreName, runKeeperName]);

/** Workflow `a` with function `b-c` and workflow `a-b` with function `c` would be one Knative Service. */
function sharedServices(workflows: readonly ReadWorkflow[]): Problem[] {
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const workflow of workflows) {
    for (const folder of [workflow.folder, ...workflow.functions.map((fn) => fn.folder)]) {
      const service = posix.relative(posix.dirname(workflow.folder), folder).replace("/", "-");
      const owner = platformServices.has(service) ? "the platform's own server" : owners.get(service);
      if (owner === undefined) owners.set(service, folder);
      else {
        const file = posix.join(folder, folder === workflow.folder ? "workflow.yaml" : "function.yaml");
        const message = `${owner} and ${folder} would both be the Service ${service}; rename a folder`;
        problems.push({ file, line: 1, column: 1, message });
      }
    }
  }
  return problems;
}

/** Bytes up to which an example input is offered on the workflow's page. */
const largestExample = 256 * 1024;

async function workflowArchive({ name, folder }: ReadWorkflow): Promise<CodeObject> {
  const hasExamples = (await foldersIn(folder)).includes("examples");
  const names = hasExamples ? await readdir(posix.join(folder, "examples")) : [];
  const inputs = names
    .filter((file) => /^input(-[^/]+)?\.json$/.test(file))
    .map((file) => `examples/${file}`)
    .sort();
  const stats = await Promise.all(inputs.map((path) => lstat(posix.join(folder, path))));
  const offered = inputs.filter((_, index) => stats[index]?.isFile() && stats[index].size <= largestExample);
  return describeArchive(name, workflowArchiveName, { folder, only: ["workflow.yaml", ...offered] });
}

async function describe(workflow: ReadWorkflow): Promise<WorkflowSource> {
  const [archive, ...archives] = await Promise.all([
    workflowArchive(workflow),
    ...workflow.functions.map((fn) => describeArchive(workflow.name, fn.name, { folder: fn.folder })),
  ]);
  const functions = workflow.functions.map((fn, index) => ({
    name: fn.name,
    settings: fn.settings,
    secrets: fn.secrets,
    dependencies: fn.dependencies,
    archive: archives[index] as CodeObject,
  }));
  return { name: workflow.name, archive, functions };
}

function tooLargeForMemory(parent: string, { name: workflow, functions }: WorkflowSource): Problem[] {
  return functions
    .filter(({ settings, archive }) => settings.tmp === "memory" && archive.size > largestInMemory * 1024 * 1024)
    .map(({ name, archive }) => {
      const size = (Math.ceil((archive.size / 1024 / 1024) * 10) / 10).toFixed(1);
      const message = `tmp: memory takes up to ${largestInMemory} MiB of code, and this has ${size} MiB; leave tmp out`;
      return { file: posix.join(parent, workflow, name, "function.yaml"), line: 1, column: 1, message };
    });
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
