import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { projectRoot } from "./program.ts";

type Texts = Readonly<Record<string, string>>;

/** A step of a workflow or of an action. */
export interface CiStep {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Texts;
  readonly with?: Texts;
}

/** A workflow of GitHub Actions, as far as tests look at it. */
export interface CiWorkflow {
  readonly permissions: Texts;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly env: Texts;
  readonly jobs: Readonly<Record<string, { readonly permissions: Texts; readonly steps: readonly CiStep[] }>>;
}

/** An action of the project's own. */
export interface CiAction {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly CiStep[] };
}

/** What the steps of a job run in. */
export interface CiRun {
  /** Values of expressions, by their text; one that is not here fails the test. */
  readonly expressions: Texts;
  readonly environment: Texts;
  readonly cwd: string;
  /** The runner's folder for temporary files. */
  readonly temporary: string;
}

export async function readWorkflow(name: string): Promise<CiWorkflow> {
  return readProjectFile(".github", "workflows", `${name}.yml`);
}

/** @param uses as a step names it, such as `./.github/actions/prepare` */
export async function readAction(uses: string): Promise<CiAction> {
  return readProjectFile(uses, "action.yml");
}

async function readProjectFile<T>(...path: string[]): Promise<T> {
  return parse(await readFile(join(projectRoot, ...path), "utf8")) as T;
}

/**
 * Runs the `run` steps of a job as GitHub's runner does, those of the project's own actions among them. Others' actions are left
 * out.
 *
 * @throws where a step fails, with what it wrote
 */
export async function runJob(workflow: CiWorkflow, job: string, run: CiRun): Promise<void> {
  await writeFile(join(run.temporary, "github-env"), "");
  await runSteps(workflow.jobs[job]?.steps ?? [], resolved(workflow.env, run.expressions), run);
}

async function runSteps(steps: readonly CiStep[], given: Texts, run: CiRun): Promise<void> {
  for (const step of steps) {
    if (step.if !== undefined && valueOf(step.if, run.expressions) !== "true") continue;
    if (step.uses?.startsWith("./")) {
      const action = await readAction(step.uses);
      const expressions = inputExpressions(action, resolved(step.with ?? {}, run.expressions));
      await runSteps(action.runs.steps, given, { ...run, expressions });
    } else if (step.run !== undefined) {
      await runScript(step.run, { ...given, ...resolved(step.env ?? {}, run.expressions) }, run);
    }
  }
}

async function runScript(script: string, env: Texts, { environment, cwd, temporary }: CiRun): Promise<void> {
  const variables = join(temporary, "github-env");
  const lines = (await readFile(variables, "utf8")).split("\n").filter((line) => line !== "");
  const set = Object.fromEntries(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    cwd,
    env: { ...environment, ...set, ...env, RUNNER_TEMP: temporary, GITHUB_ENV: variables },
  });
}

/** The expressions of an action's steps: its inputs, and whether they are given. */
function inputExpressions({ inputs }: CiAction, given: Texts): Texts {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, { default: usual }]) => {
      const value = given[name] ?? usual;
      return [
        [`inputs.${name}`, value],
        [`inputs.${name} != ''`, String(value !== "")],
      ];
    }),
  );
}

function resolved(texts: Texts, expressions: Texts): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      String(text).replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => valueOf(expression, expressions)),
    ]),
  );
}

function valueOf(expression: string, expressions: Texts): string {
  const value = expressions[expression];
  if (value === undefined) throw new Error(`the test gives no value of ${expression}`);
  return value;
}
