import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watched } from "../../../commands/watch.ts";
import { waitFor } from "../../runtime/support/wait.ts";
import { script } from "../toolchain/support.ts";

describe("watching objects", () => {
  const before = { ...process.env };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
    Object.assign(process.env, { PATH: `${join(folder, "bin")}:${before.PATH}`, KNFLOW_CONTEXT: "somewhere" });
  });
  afterEach(async () => {
    process.env.PATH = before.PATH;
    delete process.env.KNFLOW_CONTEXT;
    await rm(folder, { recursive: true });
  });

  const event = (type: string, name: string, state: string) =>
    `echo '${JSON.stringify({ type, object: { metadata: { name }, state } })}'`;

  /** Watches by a kubectl that does each time what the next of these says, and then goes on for ever. */
  async function watch(...times: string[][]) {
    const count = join(folder, "count");
    await script(
      join(folder, "bin", "kubectl"),
      `echo >> ${count}`,
      `case $(wc -l < ${count}) in`,
      ...times.flatMap((lines, index) => [`${index + 1})`, ...lines, ";;"]),
      "esac",
      "exec sleep 60",
    );
    const states: string[] = [];
    const watched = new Watched<{ metadata: { name: string }; state: string }>(
      ["pods"],
      () => states.push(watched.objects.map(({ metadata, state }) => `${metadata.name} ${state}`).join(", ")),
      500,
    );
    return { watched, states };
  }

  it("tells of changes as they come", async () => {
    const { watched, states } = await watch([
      event("ADDED", "a", "1"),
      event("ADDED", "b", "1"),
      event("MODIFIED", "a", "2"),
      event("DELETED", "b", "1"),
    ]);
    await waitFor("all changes", () => states.length === 4 || undefined);
    watched.end();
    assert.deepEqual(states, ["a 1", "a 1, b 1", "a 2, b 1", "a 2"]);
  });

  it("finds out what it was not told", async () => {
    const { watched, states } = await watch(
      [event("ADDED", "a", "pending"), event("ADDED", "gone", "pending")],
      [event("ADDED", "a", "ready")],
    );
    await waitFor("the change", () => (states.at(-1) === "a ready" ? true : undefined));
    watched.end();
    assert.equal(watched.failure, undefined);
  });
});
