import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Brought } from "../../cli/watch/bringer.ts";
import type { WatchEvent } from "../../cli/watch/report.ts";
import type { Split } from "../../cli/traffic/shown.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { project, stack } from "./setup.ts";

const service = "wordcount-merge";
const file = "functions/wordcount/merge/main.py";

/** The keys of what the function answers, by which its code is told. */
async function answered(): Promise<string[]> {
  const { exitCode, stdout, stderr } = await project().invoke("wordcount/merge", { parts: [] });
  assert.equal(exitCode, 0, stderr);
  return Object.keys(JSON.parse(stdout) as object);
}

async function traffic(...args: string[]): Promise<Split> {
  const all = ["cli/knflow.js", "traffic", "wordcount/merge", "--stack", stack, "--json", ...args];
  const { stdout } = await execa(process.execPath, all, { cwd: project().folder, env: project().env });
  return JSON.parse(stdout) as Split;
}

/** Watches until the end that it gives, which gives the exit code and what was written to standard error. */
function startWatch(onEvent: (event: WatchEvent) => void): () => Promise<[number | undefined, string]> {
  const args = ["cli/knflow.js", "watch", "wordcount", "--stack", stack, "--json"];
  const { folder: cwd, env } = project();
  const child = execa(process.execPath, args, { cwd, env, stdin: "ignore", reject: false });
  createInterface({ input: child.stdout }).on("line", (line) => onEvent(JSON.parse(line) as WatchEvent));
  return async () => {
    child.kill("SIGINT");
    const { exitCode, stderr } = await child;
    return [exitCode, stderr];
  };
}

const broken = "def handler(\n";

function assertBroken({ state, reason }: Brought): void {
  assert.equal(state, "not ready");
  assert.match(reason ?? "", /SyntaxError.*main\.py:1/);
}

/** Each share with its Revision. */
const shares = ({ traffic }: Split) => traffic.map(({ revision, percent, latest }) => ({ revision, percent, latest }));

describe("saved code and split requests", () => {
  let sound: string;
  let end: ReturnType<typeof startWatch>;
  const events: WatchEvent[] = [];
  const path = () => join(project().folder, file);

  /** What came of the code that was saved last, once that is told. */
  async function save(text: string): Promise<Brought> {
    const before = events.length;
    await writeFile(path(), text);
    return waitFor(
      "the saved code to be brought",
      () => events.slice(before).find((one) => one.event === "brought"),
      120,
    );
  }

  before(async () => {
    sound = await readFile(path(), "utf8");
    end = startWatch((event) => events.push(event));
    await waitFor("the watch to begin", () => events.find(({ event }) => event === "watching"), 60);
  });
  after(async () => {
    assert.deepEqual(await end(), [130, ""]);
  });

  it("a saved function serves without an update, and the next update takes it over as it is", async () => {
    const before = await project().revisions(service);
    await answered();
    const brought = await save(sound.replace('"total": counts', '"watched": counts'));
    assert.deepEqual([brought.name, brought.state], ["wordcount/merge", "serving"]);
    assert.equal(brought.from, before.at(-1)?.digest);
    assert.ok(events.some((one) => one.event === "bringing" && one.name === "wordcount/merge"));
    const reloaded = events.find((one) => one.event === "reloaded");
    assert.deepEqual([reloaded?.name, reloaded?.to], ["wordcount/merge", brought.to], "its pod was awake");
    assert.ok((await answered()).includes("watched"));

    const up = await project().up();
    assert.equal(up.exitCode, 0, up.text);
    const after = await project().revisions(service);
    assert.deepEqual(after.map(({ digest }) => digest).slice(before.length), [brought.to]);
    const { digest, revision } = (await project().outputs()).workflows.wordcount?.functions.merge ?? {};
    assert.deepEqual([digest, revision], [brought.to, brought.revision]);
    const preview = await project().pulumi("preview", "--stack", stack, "--expect-no-changes");
    assert.equal(preview.exitCode, 0, preview.text);
  });

  it("a pod that is awake says why code does not load: what it ran before goes on, and no Revision is made", async () => {
    await answered();
    const before = await project().revisions(service);
    assertBroken(await save(broken));
    assert.ok((await answered()).includes("watched"));
    assert.deepEqual(await project().revisions(service), before);
  });

  it("a file that cannot be read is told, and that it can be again", async () => {
    const settings = join(project().folder, "functions/wordcount/merge/function.yaml");
    const text = await readFile(settings, "utf8");
    await writeFile(settings, text.replace(/^runtime: .*$/m, "runtime: cobol"));
    const problem = await waitFor("the problem", () => events.find((one) => one.event === "problem"), 30);
    assert.equal(problem.workflow, "wordcount");
    assert.match(problem.message, /merge\/function\.yaml.*cobol/);
    await writeFile(settings, text);
    const solved = await waitFor("its end", () => events.find((one) => one.event === "solved"), 30);
    assert.equal(solved.workflow, "wordcount");
  });

  it("an update brings back what a file was before, and requests are split until that is taken back", async () => {
    assert.equal((await save(sound)).state, "serving");
    assert.ok((await answered()).includes("total"));
    const up = await project().up();
    assert.equal(up.exitCode, 0, up.text);

    const [old, latest] = [(await project().revisions(service)).at(0), (await project().revisions(service)).at(-1)];
    const canary = await traffic(`${old?.name}=75`, "latest=25");
    const split = [
      { revision: old?.name, percent: 75, latest: false },
      { revision: latest?.name, percent: 25, latest: true },
    ];
    assert.deepEqual(shares(canary), split);
    const preview = await project().pulumi("preview", "--stack", stack, "--expect-no-changes");
    assert.equal(preview.exitCode, 0, preview.text);

    assertBroken(await save(broken));
    const newer = await save(`${sound}\n# newer\n`);
    assert.equal(newer.state, "serving", "as the latest it gets the latest's share");
    const update = await project().up();
    assert.equal(update.exitCode, 0, update.text);
    assert.deepEqual(shares(await traffic()), [split[0], { revision: newer.revision, percent: 25, latest: true }]);
    assert.deepEqual(shares(await traffic("--reset")), [{ revision: newer.revision, percent: 100, latest: true }]);

    await save(sound);
    const last = await project().up();
    assert.equal(last.exitCode, 0, last.text);
  });
});
