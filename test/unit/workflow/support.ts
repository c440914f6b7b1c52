import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { loadDefinition, type Definition } from "../../../runtimes/workflow/src/definition/index.ts";
import type {
  FunctionCall,
  HttpAnswer,
  HttpCall,
  RunEnvironment,
} from "../../../runtimes/workflow/src/executor/environment.ts";
import { Fault, type ProblemDetails } from "../../../runtimes/workflow/src/executor/problem.ts";
import { runWorkflow } from "../../../runtimes/workflow/src/executor/run.ts";

export const head = "document: {dsl: 1.0.0, namespace: a, name: b, version: 1.0.0}\n";

/** What is wrong with a definition, each problem with its line and column. */
export function problemsOf(text: string, functions: readonly string[] = ["split", "count"]): string[] {
  const loaded = loadDefinition(text, "workflow.yaml", functions);
  return "problems" in loaded ? loaded.problems.map((one) => `${one.line}:${one.column}: ${one.message}`) : [];
}

/** Functions of a workflow, as they are given what it calls them with. */
export type Functions = Record<string, (input: never, call: FunctionCall) => unknown>;

/** A definition of a body, or of a list of tasks. */
export function define(body: object, functions: readonly string[] = []): Definition {
  const document = { dsl: "1.0.0", namespace: "test", name: "test", version: "1.0.0" };
  const whole = { document, ...(Array.isArray(body) ? { do: body as unknown } : body) };
  const loaded = loadDefinition(stringify(whole, { aliasDuplicateObjects: false }), "workflow.yaml", functions);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

/** What a run is to find around it, where it is not the usual. */
export interface Around extends Partial<Omit<RunEnvironment, "http">> {
  readonly functions?: Functions;
  readonly http?: (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>;
}

/** Runs a body, or a list of tasks. */
export async function run(body: object, input: unknown = {}, around: Around = {}): Promise<unknown> {
  const { functions = {}, http, ...rest } = around;
  return runWorkflow(define(body, Object.keys(functions)), input, {
    runId: "run-1",
    signal: new AbortController().signal,
    call: async (call) => await functions[call.function]?.(call.input as never, call),
    http: async (call) => {
      if (!http) throw new Error("this test calls nothing else");
      return http(call);
    },
    ...rest,
  });
}

/** The problem that a run ends with. */
export async function problemOf(work: Promise<unknown>): Promise<ProblemDetails> {
  const error = await work.then(
    (output) => new Error(`it gave ${JSON.stringify(output)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  return error.problem;
}

/** Keeps verdicts on definitions in a folder of its own, for the tests of a `describe`. */
export function ownCache(): void {
  const usual = process.env.XDG_CACHE_HOME;
  let cache: string;
  before(() => {
    cache = mkdtempSync(join(tmpdir(), "knflow-test-cache-"));
    process.env.XDG_CACHE_HOME = cache;
  });
  after(() => {
    if (usual === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = usual;
    rmSync(cache, { recursive: true });
  });
}
