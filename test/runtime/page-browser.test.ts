import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { buildArchive } from "../../archive/code-object.ts";
import { packZip } from "../../archive/zip.ts";
import { readSourceTree } from "../../archive/source-tree.ts";
import { readWorkflows } from "../../source/workflow-source.ts";
import { databases, Held, RunBench } from "./runs-support.ts";
import { openPage, startBrowser, type WatchedPage } from "./support/browser.ts";
import { putArchive, python, RuntimeProcess } from "./support/runtime.ts";
import { answers, computes, echo, executing } from "./workflow-support.ts";

const sqlite = databases["an SQLite file"] as (typeof databases)[string];

describe("a workflow's page in a browser", () => {
  let bench: RunBench;
  let browser: Browser;
  const opened: WatchedPage[] = [];

  before(async function () {
    this.timeout(60_000);
    [bench, browser] = await Promise.all([RunBench.start(sqlite), startBrowser()]);
  });
  afterEach(async () => {
    const watched = opened.splice(0);
    // Before what they ask is gone.
    for (const { page } of watched) await page.close();
    await bench.clear();
    for (const { faults } of watched) assert.deepEqual(faults, []);
  });
  after(async () => {
    await browser?.close();
    await bench?.stop();
  });

  async function open(runtime: RuntimeProcess, path = "/", width?: number): Promise<WatchedPage> {
    const watched = await openPage(browser, runtime.url + path, width === undefined ? {} : { width });
    opened.push(watched);
    return watched;
  }

  /** An attribute of each of some tasks of the diagram, by their JSON pointers. */
  async function tasksOf(page: Page, selector: string): Promise<Record<string, string | null>> {
    const tasks = await page.locator(`svg ${selector}`).all();
    const told = tasks.map(async (task) => [
      await task.getAttribute("data-task"),
      await task.getAttribute("data-state"),
    ]);
    return Object.fromEntries(await Promise.all(told)) as Record<string, string | null>;
  }

  const states = (page: Page) => tasksOf(page, "[data-task]");
  const run = (page: Page) => page.getByRole("button", { name: "Run", exact: true }).click();
  const atState = (page: Page, state: string) => page.locator(`#run-status[data-state=${state}]`).waitFor();
  const step = (page: Page, pointer: string, state: string) =>
    page.locator(`svg [data-task="${pointer}"][data-state=${state}]`).waitFor();

  it("shows the example's diagram, runs it on its example input, and shows what comes of it", async () => {
    const folder = "functions/wordcount";
    const [source] = await readWorkflows("functions", "wordcount");
    assert.ok(source);
    const functions: Record<string, string> = {};
    for (const { name } of source.functions) {
      const object = await putArchive(await packZip(await readSourceTree(join(folder, name))), name);
      const runtime = await RuntimeProcess.start(python, object, {});
      bench.keep(runtime);
      functions[name] = runtime.url;
    }
    const object = await putArchive(await buildArchive(source.archive.source), "workflow");
    const env = { ...bench.environment(), KNFLOW_FUNCTIONS: JSON.stringify(functions) };
    const executor = await RuntimeProcess.start(bench.executor, object, { env });
    bench.keep(executor);
    bench.route(executor.url);

    const { page } = await open(executor);
    const tasks = ["/do/0/split", "/do/1/count", "/do/1/count/do/0/countPart", "/do/2/merge"];
    assert.deepEqual(Object.keys(await states(page)), tasks);
    await page.getByText("None yet.").waitFor();
    await run(page);
    await atState(page, "completed");
    assert.deepEqual(await states(page), Object.fromEntries(tasks.map((task) => [task, "done"])));
    const output: unknown = JSON.parse(await page.locator("#output pre").innerText());
    const expected: unknown = JSON.parse(await readFile(join(folder, "examples/output.json"), "utf8"));
    assert.deepEqual(output, expected);
    const times = await page.locator("svg .time").allTextContents();
    assert.match(times[2] ?? "", /^8 × ≤ [\d.]+ m?s$/);
    assert.match(times[3] ?? "", /^[\d.]+ m?s$/);
    await page.locator("#recent button[data-state=completed]").waitFor();
  });

  it("lights up the step that a run is at, and cancels the run", async () => {
    const held = new Held();
    const f = await bench.fake(held.behave);
    const executor = await bench.serve(
      [{ first: { set: { a: 1 } } }, { second: { call: "f" } }, { third: { call: "f" } }],
      { f },
    );
    const { page } = await open(executor);
    await run(page);
    await step(page, "/do/1/second", "running");
    assert.deepEqual(await states(page), { "/do/0/first": "done", "/do/1/second": "running", "/do/2/third": "idle" });
    const id = new URL(page.url()).hash.slice(1);
    const foreign = { path: `/runs/${id}/cancel`, headers: { "sec-fetch-site": "cross-site" } };
    assert.equal((await executor.call(undefined, foreign)).status, 403, "another site's page ends no run");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await atState(page, "cancelled");
    await page.locator("#recent button[data-state=cancelled]").waitFor();
    assert.equal((await states(page))["/do/2/third"], "skipped");
    assert.equal(await page.getByRole("button", { name: "Cancel", exact: true }).isVisible(), false);
    held.release();
  });

  it("shows a run's error at its task, as text", async () => {
    const message = `<img src="x" onerror="alert(1)">`;
    const f = await bench.fake(answers(500, { error: { type: "ValueError", message } }));
    const inner = [{ fails: { call: "f" } }, { never: { set: { a: 1 } } }];
    const executor = await bench.serve([{ outer: { do: inner } }], { f });
    const { page } = await open(executor);
    await run(page);
    await atState(page, "faulted");
    assert.deepEqual(await tasksOf(page, ".faulty"), { "/do/0/outer/do/0/fails": "failed" });
    const told = await page.locator("#problem").innerText();
    for (const part of ["Runtime Error", message, "/do/0/outer/do/0/fails", "500"])
      assert.ok(told.includes(part), told);
    await page.getByText("Steps", { exact: true }).click();
    const row = page.locator("#steps tr.faulty");
    assert.match(await row.innerText(), /failed[\s\S]*ValueError: <img/);
    assert.equal(await page.locator("img").count(), 0);
  });

  it("shows a run of before, and one that its address names", async () => {
    const f = await bench.fake(computes(({ n }: { n: number }) => ({ n: n + 1 })));
    const executor = await bench.serve([{ next: { call: "f" } }], { f });
    const ids: string[] = [];
    for (const n of [1, 2]) {
      const reply = await executor.call({ n });
      ids.push(String(reply.headers["x-knflow-run-id"]));
      await bench.ended(executor, ids.at(-1) as string);
    }
    const { page } = await open(executor, `/#${ids[1]}`);
    await atState(page, "completed");
    assert.deepEqual(JSON.parse(await page.locator("#output pre").innerText()), { n: 3 });
    await page.locator(`#recent button[data-run="${ids[0]}"]`).click();
    await page.locator(`#recent button[data-run="${ids[0]}"][aria-current]`).waitFor();
    await page.locator("#output pre").filter({ hasText: `"n": 2` }).waitFor();
    assert.equal(new URL(page.url()).hash, `#${ids[0]}`);
  });

  it("says what is wrong with an input before anything is sent", async () => {
    const executor = await bench.serve([{ first: { set: { a: 1 } } }], {});
    const { page, requests } = await open(executor);
    await page.getByLabel("Input, as JSON").fill(`{"a": }`);
    await run(page);
    await page.getByText("This is not JSON").waitFor();
    assert.equal(await page.getByLabel("Input, as JSON").getAttribute("aria-invalid"), "true");
    assert.deepEqual(
      requests.filter((one) => one.startsWith("POST")),
      [],
    );
    await page.getByLabel("Input, as JSON").fill(`{"a": 1}`);
    assert.equal(await page.getByText("This is not JSON").isVisible(), false);
  });

  it("is used by the keyboard alone, on a narrow screen too", async () => {
    const f = await bench.fake(echo);
    const executor = await bench.serve([{ first: { call: "f" } }], { f });
    const { page } = await open(executor, "/?text=to+be", 360);
    await page.keyboard.press("Tab");
    await page.locator("#input:focus").waitFor();
    await page.keyboard.press("Control+Enter");
    await atState(page, "completed");
    assert.deepEqual(JSON.parse(await page.locator("#output pre").innerText()), { text: "to be" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("#recent li:nth-child(2)").waitFor();
    const widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]";
    const [wide, seen] = await page.evaluate<number[]>(widths);
    assert.equal(wide, seen, "nothing stands out");
  });

  it("says that runs are not kept where there is no store, and runs what is waited for", async () => {
    const tasks = [
      { first: { call: "f" } },
      { last: { raise: { error: { type: "https://example.com/full", status: 409 } } } },
    ];
    await executing(tasks, { f: echo }, async (executor) => {
      const { page } = await open(executor);
      await page.getByText("This stack keeps no runs").waitFor();
      await run(page);
      await atState(page, "faulted");
      await page.locator(`svg .faulty[data-task="/do/1/last"]`).waitFor();
      // A browser reports an answer that is an error, whoever asked for it.
      const [own] = opened;
      assert.match(own?.faults.splice(0).join() ?? "", /409/);
    });
  });
});
