import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { stringify } from "yaml";
import { conformance, type ConformanceCase } from "../runtime/conformance.ts";
import { checkCase, requestOf } from "../runtime/conformance-check.ts";
import type { Reply } from "../runtime/support/runtime.ts";
import type { StackOutputs } from "./project.ts";

const languages = { python: "main.py", node: "main.ts" } as const;
const fixtures = join(import.meta.dirname, "..", "runtime", "fixtures");
const workflowOf = (language: string) => `conformance-${language}`;
const functionOf = (handler: string) => handler.replaceAll("_", "-");
const payload = { text: "grüße 😀" };

/** Calls from code that reach what is deployed beside them. */
const callsOf = (language: string): ConformanceCase[] =>
  [
    { function: "echo", payload },
    { workflow: workflowOf(language), payload },
  ].map((event) => ({
    name: `calls ${JSON.stringify(event)}`,
    handler: "call_async",
    request: { json: event },
    expect: { status: 200, json: payload },
  }));
/** Those of asynchronous handlers have twins; what is between a client and a function is the same to both. */
const cases = conformance.filter(({ handler }) => !handler.endsWith("_async"));
const handlers = [...new Set(cases.map(({ handler }) => handler)), "call_async"];
/** Little enough for all of them on a small node. */
const settings = { scale: { max: 1 }, resources: { requests: { cpu: "10m" } } };

/** Writes a workflow for each language, with a function for each handler of the table. */
export async function writeConformanceWorkflows(functions: string): Promise<void> {
  for (const [language, file] of Object.entries(languages)) {
    const workflow = join(functions, workflowOf(language));
    for (const [index, handler] of handlers.entries()) {
      const folder = join(workflow, functionOf(handler));
      await mkdir(folder, { recursive: true });
      await copyFile(join(fixtures, language, file), join(folder, file));
      // Each second one has no volume.
      const tmp = index % 2 === 0 ? "volume" : "memory";
      const yaml = { runtime: language, handler: `main.${handler}`, timeoutSeconds: 60, tmp, ...settings };
      await writeFile(join(folder, "function.yaml"), stringify(yaml));
    }
    const document = { dsl: "1.0.0", namespace: "test", name: workflowOf(language), version: "1.0.0" };
    await writeFile(join(workflow, "workflow.yaml"), stringify({ document, do: [{ step: { call: "echo" } }] }));
  }
}

/** Runs the table through the gateway. @returns what was wrong, case by case */
export async function conformanceFailures({ gatewayUrl, workflows }: StackOutputs): Promise<string[]> {
  const dispatcher = new Agent({ connections: 8 });
  const failures: string[] = [];
  for (const language of Object.keys(languages)) {
    for (const each of [...cases, ...callsOf(language)]) {
      const name = functionOf(each.handler);
      const { host = "", revision = "" } = workflows[workflowOf(language)]?.functions[name] ?? {};
      const { body, method, path, headers } = requestOf(each);
      try {
        const answer = await request(gatewayUrl + path, {
          dispatcher,
          method: method as "POST",
          headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers, host },
          body: (body ?? null) as string | null,
        });
        const text = await answer.body.text();
        const reply: Reply = { status: answer.statusCode, headers: answer.headers, text, json: parsed(text) };
        const names = { function: name, workflow: workflowOf(language), revision };
        checkCase(each, reply, { ...names, ...ownSpan(headers.traceparent, reply.json) });
      } catch (error) {
        failures.push(`${language}: ${each.name}: ${(error as Error).message}`);
      }
    }
  }
  await dispatcher.close();
  return failures;
}

/** The span that a function was called in: with traces, that of the queue-proxy in its caller's trace. */
function ownSpan(caller: string | undefined, reply: unknown): { traceparent?: string } {
  const { traceparent } = (reply ?? {}) as { traceparent?: string };
  const traceOf = (header: string) => header.split("-")[1];
  return caller && traceparent && traceOf(caller) === traceOf(traceparent) ? { traceparent } : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
