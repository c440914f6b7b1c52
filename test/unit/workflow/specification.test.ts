import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parse } from "yaml";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";
import { runWorkflow } from "../../../runtimes/workflow/src/executor/run.ts";
import { webCaller } from "../../../runtimes/workflow/src/server/web.ts";
import { schemaProblems } from "../../../source/workflow-schema.ts";
import { ownCache, problemOf } from "./support.ts";

// What the specification's conformance scenarios ask for, in definitions of our own, a scenario by its feature and name:
// https://github.com/serverlessworkflow/specification/tree/main/ctk/features. Left out are those about events (`emit`) and
// OpenAPI, which are refused, and those in the syntax of releases before 1.0 (`debug`). What they call in the internet, a
// server on this machine answers.

interface Scenario {
  readonly tasks: string;
  readonly input?: string;
  readonly output?: string;
  /** Fields that the output has, with dots between them. */
  readonly fields?: readonly string[];
  readonly fault?: string;
  /** Tasks in the order in which they come to their end. */
  readonly order?: readonly string[];
  check?(output: unknown): void;
}

const add = (fruit: string) => `{set: {basket: '\${ .basket + ["${fruit}"] }'}}`;
const then = (fruit: string, next: string) => add(fruit).replace(/}$/, `, then: ${next}}`);

const choosing = (more: string, otherwise = "") => `
- choose:
    switch:
      - isApple: {when: '.fruit == "apple"', then: apple}
      - isPear: {when: '.fruit == "pear"', then: pear}
      ${otherwise}
    ${more}
- apple: ${then("apple", "end")}
- pear: ${then("pear", "end")}`;

const asking = (status: number) => `
- guarded:
    try:
      - ask: {call: http, with: {method: get, endpoint: {uri: 'ORIGIN/items/named/{name}'}}}
    catch:
      errors: {with: {type: 'https://serverlessworkflow.io/dsl/errors/types/communication', status: ${status}}}
      as: problem
      do:
        - tell: {set: {problem: '\${ $problem }'}}`;

const item = "{call: http, with: {method: get, endpoint: {uri: 'ORIGIN/items/{id}'}";

const scenarios: Readonly<Record<string, Scenario>> = {
  "branch: fork task with competing concurrent sub tasks": {
    tasks: `[race: {fork: {compete: true, branches: [a: ${add("apple")}, b: ${add("pear")}, c: ${add("plum")}]}}]`,
    check: (output) => assert.equal((output as { basket: unknown[] }).basket.length, 1),
  },
  "call: HTTP with content output": {
    tasks: `[find: {call: http, with: {method: get, endpoint: {uri: 'ORIGIN/items?kind={kind}'}}, output: {as: '.[0]'}}]`,
    input: "{kind: fruit}",
    fields: ["id", "name", "kind"],
  },
  "call: HTTP with response output": {
    tasks: `[find: ${item}, output: response}}]`,
    input: "{id: 1}",
    fields: [
      ...["request", "request.method", "request.uri", "request.headers", "headers", "statusCode", "content"],
      ...["content.id", "content.name", "content.kind"],
    ],
  },
  "call: HTTP using basic authentication": {
    tasks: `
- enter:
    call: http
    with:
      method: get
      endpoint:
        uri: ORIGIN/entrance/{user}/{word}
        authentication: {basic: {username: '\${ .user }', password: '\${ .word }'}}`,
    input: "{user: ada, word: open sesame}",
    output: "{entered: true}",
  },
  "composite, do: task with sequential sub tasks": {
    tasks: `[all: {do: [a: ${add("apple")}, b: ${add("pear")}, c: ${add("plum")}]}]`,
    output: "{basket: [apple, pear, plum]}",
  },
  "data flow: input filtering": {
    tasks: "[keep: {input: {from: .account.owner.id}, set: {owner: '${ . }'}}]",
    input: "{account: {owner: {id: x17}}}",
    output: "{owner: x17}",
  },
  "data flow: output filtering": { tasks: `[find: ${item}}, output: {as: .id}}]`, input: "{id: 1}", output: "1" },
  "data flow: use non-object output": {
    tasks: `
- first: ${item}}, output: {as: .id}}
- second: {call: http, with: {method: get, endpoint: {uri: ORIGIN/items/2}}, output: {as: '{ both: [ $input, .id ] }'}}`,
    input: "{id: 1}",
    output: "{both: [1, 2]}",
  },
  "flow directive: implicit sequence": {
    tasks: `[a: ${add("apple")}, b: ${add("pear")}, c: ${add("plum")}]`,
    output: "{basket: [apple, pear, plum]}",
    order: ["a", "b", "c"],
  },
  "flow directive: explicit sequence": {
    tasks: `[a: ${then("apple", "c")}, b: ${then("plum", "end")}, c: ${then("pear", "b")}]`,
    output: "{basket: [apple, pear, plum]}",
    order: ["a", "c", "b"],
  },
  "for: task with a named item and the usual index": {
    tasks: `
- each:
    for: {each: fruit, in: .fruits}
    do:
      - mark: {set: {done: '\${ { names: (.done.names + [ $fruit ]), places: (.done.places + [ $index ]) } }'}}`,
    input: "{fruits: [apple, pear, plum]}",
    output: "{done: {names: [apple, pear, plum], places: [0, 1, 2]}}",
  },
  "raise: task with inline error": {
    tasks: "[stop: {raise: {error: {status: 400, type: 'https://example.com/errors/unripe', title: Unripe}}}]",
    fault: "{status: 400, type: 'https://example.com/errors/unripe', title: Unripe, instance: /do/0/stop}",
  },
  "set: task": {
    tasks: "[make: {set: {kind: box, size: '${ .given.size }', colour: '${ .given.colour }'}}]",
    input: "{given: {size: {width: 3}, colour: {red: 9}}}",
    output: "{kind: box, size: {width: 3}, colour: {red: 9}}",
  },
  "switch: task with matching case": {
    tasks: choosing("metadata: {}"),
    input: "{fruit: pear}",
    output: "{basket: [pear]}",
    order: ["choose", "pear"],
  },
  "switch: task with implicit default case": {
    tasks: choosing("then: end"),
    input: "{fruit: plum}",
    output: "{fruit: plum}",
    order: ["choose"],
  },
  "switch: task with explicit default case": {
    tasks: `${choosing("metadata: {}", "- isOther: {then: other}")}\n- other: {set: {basket: '\${ .basket + [ $input.fruit ] }'}}`,
    input: "{fruit: plum}",
    output: "{basket: [plum]}",
    order: ["choose", "other"],
  },
  "try: handle caught error": {
    tasks: asking(404),
    input: "{name: durian}",
    fields: ["problem", "problem.type", "problem.status", "problem.title"],
    check: (output) => {
      const { problem } = output as { problem: { instance: string } };
      assert.equal(problem.instance, "/do/0/guarded/try/0/ask");
    },
  },
  "try: raise uncaught error": {
    tasks: asking(503),
    input: "{name: durian}",
    fault: "{status: 404, instance: /do/0/guarded/try/0/ask}",
  },
};

/** What the scenarios call: a shop with fruit. */
function shop(): Server {
  const items = [1, 2].map((id) => ({ id, name: `fruit ${id}`, kind: "fruit" }));
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://shop");
    const [, id] = /^\/items\/(\d+)$/.exec(pathname) ?? [];
    const [, user, word] = /^\/entrance\/([^/]+)\/([^/]+)$/.exec(pathname)?.map(decodeURIComponent) ?? [];
    const expected = `Basic ${Buffer.from(`${user}:${word}`).toString("base64")}`;
    const found =
      pathname === "/items"
        ? items.filter(({ kind }) => kind === searchParams.get("kind"))
        : (items.find((one) => String(one.id) === id) ??
          (user !== undefined && request.headers.authorization === expected ? { entered: true } : undefined));
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? { message: "not here" }));
  });
}

describe("the specification's conformance scenarios", () => {
  ownCache();

  const server = shop();
  let origin: string;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, async () => {
      const tasks = scenario.tasks.replaceAll("ORIGIN", origin);
      const document = "document: {dsl: 1.0.0, namespace: default, name: scenario, version: 1.0.0}";
      const text = `${document}\ndo:\n${tasks.startsWith("[") ? `  ${tasks}` : tasks}\n`;
      const loaded = loadDefinition(text, "workflow.yaml", []);
      assert.ok("definition" in loaded, JSON.stringify(loaded));
      assert.deepEqual(await schemaProblems(text, "workflow.yaml"), []);
      const ended: string[] = [];
      const trace = { "x-knflow-run-id": "1", traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01` };
      const run = runWorkflow(loaded.definition, parse(scenario.input ?? "{}"), {
        runId: "1",
        signal: new AbortController().signal,
        call: () => Promise.reject(new Error("no scenario calls a function")),
        http: webCaller(trace, 1_000_000),
        taskEnded: ({ pointer }) => ended.push(pointer.split("/").at(-1) ?? ""),
      });
      if (scenario.fault !== undefined) {
        const expected = parse(scenario.fault) as object;
        const problem: object = await problemOf(run);
        assert.deepEqual({ ...problem, ...expected }, problem);
        return;
      }
      const output = await run;
      if (scenario.output !== undefined) assert.deepEqual(output, parse(scenario.output));
      for (const field of scenario.fields ?? []) assert.notEqual(valueAt(output, field), undefined, field);
      if (scenario.order) assert.deepEqual(ended, scenario.order);
      scenario.check?.(output);
    });
  }
});

function valueAt(value: unknown, field: string): unknown {
  return field.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
