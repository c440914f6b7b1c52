import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { basename, dirname } from "node:path";
import fc from "fast-check";
import { layOut, type Box } from "../../../runtimes/workflow/src/page/diagram/layout.ts";
import { diagramTasks, withInner } from "../../../runtimes/workflow/src/page/diagram/model.ts";
import { diagramSvg } from "../../../runtimes/workflow/src/page/diagram/svg.ts";
import { fitted, widthOf } from "../../../runtimes/workflow/src/page/diagram/text.ts";
import { loadDefinition, type Definition } from "../../../runtimes/workflow/src/definition/index.ts";
import { define } from "./support.ts";

const told = (body: object, functions: readonly string[] = []) =>
  diagramTasks(define(body, functions))
    .flatMap(withInner)
    .map(({ pointer, kind, detail }) => [pointer, kind, detail]);
const set = { set: { a: 1 } };
const laidOut = (body: object) => layOut(diagramTasks(define(body)));

describe("the diagram of a definition", () => {
  it("tells what each kind of task does, in a few words", () => {
    const retry = { limit: { attempt: { count: 2 } } };
    const tasks = [
      { one: { call: "f" } },
      { two: { call: "http", with: { method: "get", endpoint: { uri: "${ .address }" } } } },
      { three: { set: { a: 1, b: 2 } } },
      {
        four: { for: { each: "part", in: "${ .parts }" }, do: [{ inner: { wait: { seconds: 1, milliseconds: 20 } } }] },
      },
      { five: { fork: { compete: true, branches: [{ left: set }, { right: { wait: "PT1S" } }] } } },
      { six: { do: [{ inner: set }] } },
      { seven: { try: [{ inner: set }], catch: { errors: { with: { status: 503 } }, retry, do: [{ after: set }] } } },
      { eight: { switch: [{ yes: { when: "${ .a }", then: "exit" } }, { no: { then: "nine" } }] } },
      { nine: { raise: { error: { type: "https://example.com/errors/full", status: 409 } } } },
    ];
    assert.deepEqual(told(tasks, ["f"]), [
      ["/do/0/one", "call", "f"],
      ["/do/1/two", "http", "GET .address"],
      ["/do/2/three", "set", "a, b"],
      ["/do/3/four", "for", "each part in .parts, one after another"],
      ["/do/3/four/do/0/inner", "wait", "1 second 20 milliseconds"],
      ["/do/4/five", "fork", "2 branches, the first wins"],
      ["/do/4/five/fork/branches/0/left", "set", "a"],
      ["/do/4/five/fork/branches/1/right", "wait", "PT1S"],
      ["/do/5/six", "do", "1 task"],
      ["/do/5/six/do/0/inner", "set", "a"],
      ["/do/6/seven", "try", "1 task"],
      ["/do/6/seven/try/0/inner", "set", "a"],
      ["/do/6/seven/catch/do/0/after", "set", "a"],
      ["/do/7/eight", "switch", "2 cases"],
      ["/do/8/nine", "raise", "full, status 409"],
    ]);
    const seven = diagramTasks(define(tasks, ["f"]))[6];
    assert.equal(seven?.sections[1]?.label, "catch status 503, then try again");
  });

  it("names tasks by JSON pointers, as runs do", () => {
    assert.deepEqual(told([{ "a/b~c": set }]), [["/do/0/a~1b~0c", "set", "a"]]);
  });

  it("has a line from each task to the next, and none behind a raise", () => {
    const { lines, boxes, ends } = laidOut([
      { a: set },
      { b: set },
      { c: { raise: { error: { type: "https://e.com/x", status: 400 } } } },
    ]);
    const [a, b, c] = boxes as [Box, Box, Box];
    assert.deepEqual(
      lines.map(({ kind, points }) => [kind, points[0]?.[1], points.at(-1)?.[1]]),
      [
        ["next", a.y + a.height, b.y],
        ["next", b.y + b.height, c.y],
        ["next", ends[0]![1] + 5, a.y],
      ],
    );
    assert.equal(ends.length, 1, "the run never comes to the list's end");
  });

  it("has a line of its own to a task that is not the next one", () => {
    const cases = [{ again: { when: "${ .a }", then: "a" } }, { on: { then: "d" } }];
    const { lines, boxes, width } = laidOut([{ a: set }, { b: { switch: cases } }, { d: set }]);
    const jumps = lines.filter(({ kind }) => kind === "jump");
    const [a, b] = boxes as [Box, Box];
    assert.equal(jumps.length, 1);
    assert.ok(jumps[0]!.points[0]![1] > b.y && jumps[0]!.points.at(-1)![1] < a.y + a.height);
    const beside = jumps[0]!.points[1]![0];
    assert.ok(beside > a.x + a.width && beside < width, "beside the boxes, inside of the drawing");
  });

  it("keeps every box inside of the one around it and the drawing, and apart from the others", () => {
    const leaf = fc.constantFrom<object>(set, { wait: "PT1S" }, { ...set, if: "${ .a }" }, { set: "${ .äöü漢字 }" });
    const { task } = fc.letrec<{ task: object; list: object[] }>((tie) => ({
      list: fc
        .array(fc.tuple(fc.string({ minLength: 1, maxLength: 30 }), tie("task")), { minLength: 1, maxLength: 3 })
        .map((items) => items.map(([name, inner], index) => ({ [`${name}${index}`]: inner }))),
      task: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        tie("list").map((list) => ({ do: list })),
        tie("list").map((list) => ({ for: { in: "${ . }" }, metadata: { knflow: { map: {} } }, do: list })),
        tie("list").map((branches) => ({ fork: { branches } })),
        fc.tuple(tie("list"), tie("list")).map(([tried, caught]) => ({ try: tried, catch: { do: caught } })),
      ),
    }));
    fc.assert(
      fc.property(task, (inner) => {
        const definition = { do: [{ outer: inner }] } as unknown as Definition;
        const { boxes, width, height } = layOut(diagramTasks(definition));
        const whole = { x: 0, y: 0, width, height };
        for (const [index, box] of boxes.entries()) {
          assert.ok(isInside(box, whole), `${box.task.pointer} leaves the drawing`);
          for (const other of boxes.slice(0, index)) {
            if (box.task.pointer.startsWith(`${other.task.pointer}/`))
              assert.ok(isInside(box, other), box.task.pointer);
            else assert.ok(isApart(box, other), `${box.task.pointer} meets ${other.task.pointer}`);
          }
        }
      }),
    );
  });

  it("has an element for every task of the examples", async () => {
    for (const file of globSync("functions/*/workflow.yaml")) {
      const functions = globSync(`${dirname(file)}/*/function.yaml`).map((one) => basename(dirname(one)));
      const loaded = loadDefinition(await readFile(file, "utf8"), file, functions);
      assert.ok("definition" in loaded, file);
      const tasks = diagramTasks(loaded.definition);
      const { text } = diagramSvg(tasks, "title");
      const drawn = [...text.matchAll(/data-task="([^"]*)"/g)].map(([, pointer]) => pointer);
      assert.deepEqual(
        drawn.sort(),
        tasks
          .flatMap(withInner)
          .map(({ pointer }) => pointer)
          .sort(),
      );
    }
  });

  it("writes what a definition says as text, never as markup", () => {
    const hostile = `</text><script>alert("1")</script>'&`;
    const { text } = diagramSvg(diagramTasks(define([{ [hostile]: { set: { [hostile]: 1 } } }])), hostile);
    assert.doesNotMatch(text, /<script|'&(?!amp;)/);
    assert.match(text, /&lt;script&gt;alert\(&quot;1&quot;\)/);
  });

  it("cuts off texts that do not fit", () => {
    assert.equal(fitted("short", "name", 100), "short");
    const cut = fitted("漢字".repeat(20), "name", 100);
    assert.ok(cut.endsWith("…") && widthOf(cut, "name") <= 100, cut);
  });
});

type Area = Pick<Box, "x" | "y" | "width" | "height">;

function isInside(inner: Area, outer: Area): boolean {
  const isWithin = inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width;
  return isWithin && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height;
}

function isApart(one: Area, other: Area): boolean {
  const isBeside = one.x >= other.x + other.width || other.x >= one.x + one.width;
  return isBeside || one.y >= other.y + other.height || other.y >= one.y + one.height;
}
