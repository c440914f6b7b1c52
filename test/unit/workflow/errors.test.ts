import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { RetryPolicy } from "../../../runtimes/workflow/src/definition/types.ts";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { delayBefore } from "../../../runtimes/workflow/src/executor/retry.ts";
import type { Place, Scope } from "../../../runtimes/workflow/src/executor/scope.ts";
import { delaysDuring } from "../../timers.ts";
import { problemOf, run, type Functions } from "./support.ts";

const standard = "https://serverlessworkflow.io/spec/1.0.0/errors";
const soldOut = { type: "https://example.com/errors/sold-out", status: 410, title: "Sold out" };
const raising = (error: object | string = soldOut) => [{ fail: { raise: { error } } }];
const caught = { do: [{ caught: { set: { error: "${ $error }", input: "${ . }" } } }] };

/** A function that fails so many times before it answers. */
function failing(times: number, status = 503) {
  const at: number[] = [];
  const functions: Functions = {
    flaky: (_input, call) => {
      at.push(performance.now());
      if (at.length <= times) throw fault("communication", "not now", call.instance, status);
      return { attempts: at.length };
    },
  };
  const pauses = () => at.slice(1).map((time, index) => time - (at[index] as number));
  return { functions, at, pauses };
}

const flaky = [{ ask: { call: "flaky" } }];

describe("an error", () => {
  it("that is raised ends the run with its task's place", async () => {
    assert.deepEqual(await problemOf(run(raising())), { ...soldOut, instance: "/do/0/fail" });
    const named = { use: { errors: { soldOut } }, do: raising("soldOut") };
    assert.deepEqual(await problemOf(run(named)), { ...soldOut, instance: "/do/0/fail" });
  });

  it("may be made of expressions, and say another place", async () => {
    const error = {
      ...soldOut,
      title: "${ .what }",
      detail: "${ {left: 0} }",
      instance: "/do/9/x",
      type: "${ .type }",
    };
    const problem = await problemOf(run(raising(error), { what: "Gone", type: "https://e.com/x" }));
    assert.deepEqual(problem, {
      type: "https://e.com/x",
      status: 410,
      title: "Gone",
      detail: '{"left":0}',
      instance: "/do/9/x",
    });
    assert.match((await problemOf(run(raising(error), { type: 5 }))).detail ?? "", /needs a type and a status/);
  });

  it("that is caught is known to what is done then, which gets the task's input", async () => {
    const problem = { ...soldOut, instance: "/do/0/a/try/0/fail" };
    assert.deepEqual(await run([{ a: { try: raising(), catch: caught } }], { n: 1 }), {
      error: problem,
      input: { n: 1 },
    });
    const other = { as: "e", do: [{ b: { set: { status: "${ $e.status }" } } }] };
    assert.deepEqual(await run([{ a: { try: raising(), catch: other } }]), { status: 410 });
  });

  it("that is caught without anything to do then gives the task's input", async () => {
    assert.deepEqual(await run([{ a: { input: { from: ".n" }, try: raising(), catch: {} } }], { n: 1 }), 1);
  });

  it("is caught where it has all that the filter names, and the conditions hold", async () => {
    const isCaught = async (rule: object) => {
      const tasks = [{ a: { try: raising({ ...soldOut, detail: "none left" }), catch: { ...rule, ...caught } } }];
      return run(tasks, { catch: true }).then(
        () => true,
        () => false,
      );
    };
    const { type, status, title } = soldOut;
    const instance = "/do/0/a/try/0/fail";
    for (const filter of [
      { type },
      { status },
      { title, status },
      { instance },
      { detail: "none left" },
      { details: "none left" },
    ]) {
      assert.equal(await isCaught({ errors: { with: filter } }), true, JSON.stringify(filter));
    }
    for (const filter of [{ type, status: 400 }, { title: "sold out" }, { instance: "/do/0" }, { details: "x" }]) {
      assert.equal(await isCaught({ errors: { with: filter } }), false, JSON.stringify(filter));
    }
    assert.equal(await isCaught({ when: "$error.status == 410 and .catch" }), true);
    assert.equal(await isCaught({ when: "$error.status == 411" }), false);
    assert.equal(await isCaught({ exceptWhen: "$error.status == 410" }), false);
    assert.equal(await isCaught({ errors: { with: { status } }, when: ".catch", exceptWhen: "false" }), true);
  });

  it("of the standard is known by the specification's older address too", async () => {
    const { functions } = failing(1);
    const old = { errors: { with: { type: "https://serverlessworkflow.io/dsl/errors/types/communication" } } };
    assert.deepEqual(
      await run([{ a: { try: flaky, catch: { ...old, do: [{ b: { set: { x: 1 } } }] } } }], {}, { functions }),
      { x: 1 },
    );
  });

  it("that is raised by the older address is caught by the same, and by the newer", async () => {
    const old = "https://serverlessworkflow.io/dsl/errors/types/runtime";
    const raising = { raise: { error: { type: old, status: 500, title: "Broken" } } };
    for (const type of [old, "https://serverlessworkflow.io/spec/1.0.0/errors/runtime"]) {
      const rule = { errors: { with: { type } }, do: [{ b: { set: { x: 1 } } }] };
      assert.deepEqual(await run([{ a: { try: [{ fail: raising }], catch: rule } }]), { x: 1 });
    }
  });

  it("in what is done about another one is not caught by the same task, but by one around it", async () => {
    const inner = { try: raising(), catch: { do: raising({ ...soldOut, status: 500 }) } };
    assert.equal((await problemOf(run([{ a: inner }]))).instance, "/do/0/a/catch/do/0/fail");
    const outer = [{ a: { try: [{ b: inner }], catch: { do: [{ c: { set: { s: "${ $error.status }" } } }] } } }];
    assert.deepEqual(await run(outer), { s: 500 });
  });

  it("of an expression or a schema can be caught like any other", async () => {
    const tasks = [
      { a: { try: [{ b: { set: { x: "${ .n.m }" } } }], catch: { errors: { with: { status: 400 } }, ...caught } } },
    ];
    const { error } = (await run(tasks, { n: 1 })) as { error: { type: string; instance: string } };
    assert.deepEqual([error.type, error.instance], [`${standard}/expression`, "/do/0/a/try/0/b"]);
  });
});

describe("a retry", () => {
  const retrying = (retry: object | string, more: object = {}) => [{ a: { try: flaky, catch: { retry, ...more } } }];

  it("does the tasks again, from their beginning, until they succeed", async () => {
    const { functions } = failing(2);
    assert.deepEqual(await run(retrying({}), {}, { functions }), { attempts: 3 });
  });

  it("is given up after its number of attempts, with the last error or what is done then", async () => {
    const limit = { attempt: { count: 2 } };
    const first = failing(9);
    const problem = await problemOf(run(retrying({ limit }), {}, { functions: first.functions }));
    assert.deepEqual([first.at.length, problem.status, problem.instance], [3, 503, "/do/0/a/try/0/ask"]);
    const second = failing(9);
    const body = {
      use: { retries: { twice: { limit } } },
      do: retrying("twice", { do: [{ b: { set: { done: true } } }] }),
    };
    assert.deepEqual(await run(body, {}, { functions: second.functions }), { done: true });
    assert.equal(second.at.length, 3);
  });

  it("is left out where its conditions do not hold, or the error is not caught", async () => {
    for (const rule of [
      { retry: { when: "$error.status == 500" } },
      { retry: { exceptWhen: "$error.status == 503" } },
    ]) {
      const { functions, at } = failing(9);
      assert.equal((await problemOf(run(retrying(rule.retry), {}, { functions }))).status, 503);
      assert.equal(at.length, 1);
    }
    const { functions, at } = failing(9);
    await problemOf(run(retrying({}, { errors: { with: { status: 500 } } }), {}, { functions }));
    assert.equal(at.length, 1);
  });

  /** What is waited before a retry of a task whose last attempt failed so many milliseconds after the first one began. */
  const delay = async (policy: RetryPolicy, retry = 1, elapsed = 0, chance = 0) =>
    delayBefore(policy, { retry, elapsed, chance }, {}, {} as Place, {} as Scope);

  it("waits the same, longer, or twice as long each time", async () => {
    const expected = { constant: [30, 30, 30], linear: [30, 60, 90], exponential: [30, 60, 120] };
    for (const [kind, lengths] of Object.entries(expected)) {
      const policy = { delay: { milliseconds: 30 }, backoff: { [kind]: {} } };
      assert.deepEqual(await Promise.all([1, 2, 3].map(async (retry) => delay(policy, retry))), lengths);
      const { functions, pauses } = failing(3);
      await run(retrying(policy), {}, { functions });
      for (const [index, length] of lengths.entries()) assert.ok((pauses()[index] as number) >= length - 2, kind);
    }
  });

  it("waits a sane time however often it was tried", async () => {
    const backoff = { exponential: {} };
    assert.equal(await delay({ backoff }, 5000), 0);
    assert.ok(Number.isFinite(await delay({ delay: { seconds: 1 }, backoff }, 5000)));
  });

  it("waits up to its jitter more", async () => {
    const policy = { delay: { milliseconds: 10 }, jitter: { from: { milliseconds: 20 }, to: { milliseconds: 60 } } };
    const delays = await Promise.all([0, 0.5, 1].map(async (chance) => delay(policy, 1, 0, chance)));
    assert.deepEqual(delays, [30, 50, 70]);
  });

  it("is given up where the next attempt would begin after its time", async () => {
    const policy = { delay: "PT10S", limit: { duration: "PT25S" } };
    assert.deepEqual([await delay(policy, 1, 14_000), await delay(policy, 2, 16_000)], [10_000, undefined]);
    const { functions, at } = failing(9);
    await problemOf(run(retrying({ delay: "PT1H", limit: { duration: "PT25S" } }), {}, { functions }));
    assert.equal(at.length, 1);
  });

  it("gives an attempt up that takes too long", async () => {
    let calls = 0;
    const functions: Functions = {
      flaky: async (_input, call) => {
        if (++calls > 1) return "second";
        await sleep(60_000, undefined, { signal: call.signal }).catch(() => undefined);
        throw fault("timeout", "given up", call.instance);
      },
    };
    const limit = { attempt: { duration: { milliseconds: 30 } } };
    assert.equal(await run(retrying({ limit }), {}, { functions }), "second");
  });
});

describe("a timeout", () => {
  const slow = { wait: { hours: 1 } };

  it("ends a task with status 408 at its place, and can be caught", async () => {
    const tasks = [{ a: { do: [{ b: { ...slow, timeout: { after: { milliseconds: 20 } } } }] } }];
    const problem = {
      type: `${standard}/timeout`,
      status: 408,
      title: "Timeout Error",
      detail: "it took longer than 0.02 s",
    };
    assert.deepEqual(await problemOf(run(tasks)), { ...problem, instance: "/do/0/a/do/0/b" });
    const guarded = [{ a: { try: tasks, catch: { errors: { with: { status: 408 } }, ...caught } } }];
    const { error } = (await run(guarded)) as { error: object };
    assert.deepEqual(error, { ...problem, instance: "/do/0/a/try/0/a/do/0/b" });
  });

  it("of what is around is not caught inside", async () => {
    const inner = { try: [{ b: slow }], catch: { do: [{ c: { set: { x: 1 } } }] } };
    const body = {
      use: { timeouts: { short: { after: { milliseconds: 20 } } } },
      do: [{ a: { ...inner, timeout: "short" } }],
    };
    assert.equal((await problemOf(run(body))).instance, "/do/0/a");
    const whole = { timeout: { after: { milliseconds: 20 } }, do: [{ a: inner }] };
    const problem = await problemOf(run(whole));
    assert.deepEqual([problem.status, problem.instance], [408, "/timeout"]);
  });

  it("that was over before another executor took the run ends it at once, without a timer of a negative time", async () => {
    const body = { timeout: { after: { seconds: 1 } }, do: [{ a: slow }] };
    const delays = await delaysDuring(async () => {
      const { status, instance } = await problemOf(run(body, {}, { startedAt: Date.now() - 5000 }));
      assert.deepEqual([status, instance], [408, "/timeout"]);
    });
    assert.ok(delays.length > 0 && delays.every((delay) => delay >= 0), delays.join());
  });

  it("ends tasks that wait for nothing, and expressions without an end", async () => {
    const timeout = { after: { milliseconds: 100 } };
    const turning = [{ a: { do: [{ b: { set: { x: 1 }, then: "b" } }], timeout } }];
    assert.equal((await problemOf(run(turning))).status, 408);
    const endless = [{ a: { set: { x: "${ last(range(infinite)) }" }, timeout } }];
    assert.equal((await problemOf(run(endless))).instance, "/do/0/a");
  });
});
