import assert from "node:assert/strict";
import { alternate } from "../../../bench/alternate.ts";

describe("bench: sides in turn", () => {
  it("each round has the other order, and rounds to warm up do not count", async () => {
    const order: string[] = [];
    let round = 0;
    const side = (name: string) => () => {
      order.push(name);
      return Promise.resolve(round);
    };
    const values = await alternate(3, [side("a"), side("b"), side("c")], {
      before: () => Promise.resolve(void order.push(`${round++}`)),
    });
    assert.equal(order.join(""), "0cba1abc2cba3abc");
    assert.deepEqual(values, [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ]);
  });

  it("what has to be so before each measurement is made so each time", async () => {
    const order: string[] = [];
    const side = (name: string) => () => Promise.resolve(order.push(name));
    const before = () => Promise.resolve(void order.push("-"));
    await alternate(2, [side("a"), side("b")], { warmUp: 0, before, beforeEach: true });
    assert.equal(order.join(""), "-a-b-b-a");
  });

  it("tells each round's values by their sides", async () => {
    const told: unknown[] = [];
    const sides = [1, 2].map((value) => () => Promise.resolve(value));
    await alternate(2, sides, { warmUp: 0, told: (round, values) => told.push([round, ...values]) });
    assert.deepEqual(told, [
      [1, 1, 2],
      [2, 1, 2],
    ]);
  });
});
