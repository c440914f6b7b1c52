import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { parse } from "yaml";

// What the specification's conformance scenarios ask for, in definitions of our own, a scenario by its feature and name:
// https://github.com/serverlessworkflow/specification/tree/main/ctk/features. Left out are those about events (`emit`) and
// OpenAPI, which are refused, and those in the syntax of releases before 1.0 (`debug`). What they call in the internet, a
// server on this machine answers.

/** A scenario: a workflow's tasks, and how its run ends. In the tasks, ORIGIN stands for the shop's address. */
export interface Scenario {
  /** YAML, as below a workflow's `do`. */
  readonly tasks: string;
  readonly input?: string;
  readonly output?: string;
  /** Fields that the output has, with dots between them. */
  readonly fields?: readonly string[];
  /** Fields of the problem that the run ends with; its place is within the tasks. */
  readonly fault?: string;
  /** Tasks in the order in which they come to their end. */
  readonly order?: readonly string[];
  /** Looks at the output further. `place` is where the tasks are in the definition, such as `/do`. */
  check?(output: unknown, place: string): void;
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

export const scenarios: Readonly<Record<string, Scenario>> = {
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
    fault: "{status: 400, type: 'https://example.com/errors/unripe', title: Unripe, instance: /0/stop}",
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
    check: (output, place) => {
      const { problem } = output as { problem: { instance: string } };
      assert.equal(problem.instance, `${place}/0/guarded/try/0/ask`);
    },
  },
  "try: raise uncaught error": {
    tasks: asking(503),
    input: "{name: durian}",
    fault: "{status: 404, instance: /0/guarded/try/0/ask}",
  },
};

/** What the scenarios call: a shop with fruit. */
export function shop(): Server {
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

/**
 * Checks how a scenario's run ended.
 *
 * @param end the output, or the problem of a run that faulted
 * @param place where the tasks are in the definition, such as `/do`
 */
export function checkEnd(scenario: Scenario, end: { output: unknown } | { problem: object }, place: string): void {
  if (scenario.fault !== undefined) {
    assert.ok("problem" in end, "it must fault");
    const { instance, ...fields } = parse(scenario.fault) as { instance: string };
    assert.deepEqual({ ...end.problem, ...fields, instance: place + instance }, end.problem);
    return;
  }
  assert.ok("output" in end, JSON.stringify(end));
  const { output } = end;
  if (scenario.output !== undefined) assert.deepEqual(output, parse(scenario.output));
  for (const field of scenario.fields ?? []) assert.notEqual(valueAt(output, field), undefined, field);
  scenario.check?.(output, place);
}

function valueAt(value: unknown, field: string): unknown {
  return field.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
