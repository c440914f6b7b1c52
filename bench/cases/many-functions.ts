import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import type { BenchStack } from "../cluster/stack.ts";
import { nextVersion } from "../cluster/live.ts";
import { echo, manyFunctions, noPods } from "../cluster/workloads.ts";
import { UserError } from "../../console/errors.ts";

/** B6: how a preview grows with functions that did not change. */
export const manyFunctionsPreview: Case = {
  id: "B6",
  title: "preview of a hundred functions, and of none",
  includes:
    "`pulumi preview --expect-no-changes`, the whole command, of a stack with a hundred functions and one workflow that calls them, and of one " +
    "with a workflow alone: that is the smallest stack that knflow takes. Both on a platform that is there, without pods (`scale.initial: 0`).",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const stackOf = (count: number) => cluster.besides(`previewed-${count}`, manyFunctions(count), noPods);
    const [hundred, none] = [await stackOf(100), await stackOf(0)];
    await none.up();
    await hundred.up();
    const preview = (stack: BenchStack) => () => seconds(() => stack.pulumi("preview", "--expect-no-changes"));
    const [hundreds = [], nones = []] = await alternate(bench.rounds(9), [preview(hundred), preview(none)], {
      told: showRounds(bench),
    });
    return {
      comparisons: [
        {
          name: "preview without a change, 100 functions / none",
          unit: "s",
          subject: { name: "100 functions", values: hundreds },
          baseline: { name: "no function", values: nones },
          goal: { atMost: 1.5 },
        },
      ],
      figures: [
        {
          name: "functions that a change of one touches",
          unit: "of 100",
          values: [await touchedByOneChange(hundred)],
          goal: { atMost: 1 },
        },
      ],
    };
  },
};

/** How many functions a preview would change where the code of one did. */
async function touchedByOneChange(stack: BenchStack): Promise<number> {
  await stack.writeFile("many/f050/main.py", echo(nextVersion()));
  const text = await stack.pulumi("preview", "--json");
  await stack.write(manyFunctions(100));
  const { steps } = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)) as {
    steps: { op: string; urn: string }[];
  };
  const changed = steps.filter(({ op }) => op !== "same").map(({ urn }) => /many-(f\d{3})/.exec(urn)?.[1]);
  if (changed.length === 0) throw new UserError("the preview saw no change");
  return new Set(changed.filter((name) => name !== undefined)).size;
}
