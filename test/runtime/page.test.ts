import assert from "node:assert/strict";
import { archiveOf } from "./support/archives.ts";
import { putArchive, RuntimeProcess } from "./support/runtime.ts";
import { executorKind } from "./support/executor.ts";

const definition = (name: string) => `
document: { dsl: 1.0.0, namespace: test, name: test, version: 1.0.0, title: "Its <title>" }
do: [{ ${name}: { set: { b: "\${ .a }" } } }]
`;
/** What browsers send where an address is opened. */
const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

describe("a workflow's page", () => {
  let runtime: RuntimeProcess;

  before(async () => {
    runtime = await start({});
  });
  after(() => runtime?.stop());

  async function start(env: Record<string, string>, files: Record<string, string> = {}): Promise<RuntimeProcess> {
    const archive = await archiveOf({ "workflow.yaml": definition("only"), ...files });
    return RuntimeProcess.start(executorKind, await putArchive(archive, "workflow"), { env });
  }

  const get = (path: string, headers: Record<string, string>) =>
    runtime.call(undefined, { method: "GET", path, headers });

  it("is what browsers get, and nobody else", async () => {
    const page = await get("/?a=1", browser);
    assert.equal(page.status, 200);
    assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(page.headers["x-knflow-run-id"], undefined, "nothing was run");
    assert.match(page.text, /data-task="\/do\/0\/only"/);
    assert.match(page.text, /Its &lt;title&gt;/);
    for (const accept of ["*/*", "application/json", "text/htmlish", ""]) {
      assert.deepEqual((await get("/?a=1", { accept })).json, { b: "1" }, accept);
    }
    assert.deepEqual((await runtime.call({ a: 1 }, { headers: browser })).json, { b: 1 }, "a POST runs");
  });

  it("is not there where a setting says so", async () => {
    const without = await start({ KNFLOW_WORKFLOW_PAGE: "false" });
    try {
      const reply = await without.call(undefined, { method: "GET", path: "/?a=1", headers: browser });
      assert.deepEqual(reply.json, { b: "1" });
      const file = await without.call(undefined, { method: "GET", path: "/page/main.js" });
      assert.equal(file.status, 404);
      const other = await without.call({ a: 1 }, { headers: { "sec-fetch-site": "cross-site", "content-type": "" } });
      assert.deepEqual(other.json, { b: 1 });
    } finally {
      await without.stop();
    }
  });

  it("is sent again only where it changed", async () => {
    for (const path of ["/", "/page/main.js", "/page/page.css", "/page/icon.svg"]) {
      const first = await get(path, browser);
      assert.equal(first.status, 200, path);
      const again = await get(path, { ...browser, "if-none-match": String(first.headers.etag) });
      assert.deepEqual([again.status, again.text], [304, ""], path);
    }
    for (const path of [
      "/page/",
      "/page/none.js",
      "/page/..%2fdocument.ts",
      "/page/../document.ts",
      "/page/types.d.ts",
    ]) {
      assert.equal((await get(path, browser)).status, 404, path);
    }
  });

  it("lets a browser load what is its own, and nothing else", async () => {
    for (const path of ["/", "/page/main.js"]) {
      const { headers } = await get(path, browser);
      const policy = String(headers["content-security-policy"]).split("; ");
      assert.ok(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"), policy.join());
      assert.doesNotMatch(policy.join(), /unsafe|\*|http/);
      assert.equal(headers["x-content-type-options"], "nosniff");
    }
    const { text } = await get("/", browser);
    assert.doesNotMatch(text, /(src|href)="(?!page\/)|\sstyle=|\son\w+=/);
  });

  it("offers the example inputs of the archive", async () => {
    const examples = { "examples/input-b.json": `{"text": "</script>"}`, "examples/input.json": "{}" };
    const offering = await start({}, { ...examples, "examples/output.json": "1", "examples/notes/input.json": "2" });
    try {
      const { text } = await offering.call(undefined, { method: "GET", headers: browser });
      const [, data = ""] = /<script type="application\/json" id="workflow">(.*?)<\/script>/.exec(text) ?? [];
      const { examples: offered } = JSON.parse(data) as { examples: unknown };
      assert.deepEqual(offered, [
        { name: "example", text: "{}" },
        { name: "b", text: `{"text": "</script>"}` },
      ]);
    } finally {
      await offering.stop();
    }
  });

  it("lets no page of another site run the workflow by what browsers send without asking", async () => {
    const foreign = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://elsewhere.example" },
      { origin: "null" },
    ];
    for (const headers of foreign) {
      const text = await runtime.call("{}", { headers: { ...headers, "content-type": "" } });
      assert.deepEqual([text.status, typeOf(text.json)], [403, "OtherSite"], JSON.stringify(headers));
      assert.equal((await get("/?a=1", { ...headers, accept: "image/*" })).status, 403);
    }
    const own = new URL(runtime.url);
    for (const headers of [{ "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }, { origin: own.origin }]) {
      assert.equal((await runtime.call({ a: 1 }, { headers })).status, 200, JSON.stringify(headers));
      assert.equal((await get("/?a=1", headers)).status, 200);
    }
    // To send this, a browser asks first, and is told no where nothing before the executor says otherwise.
    const asked = await runtime.call({ a: 1 }, { headers: { origin: "https://elsewhere.example" } });
    assert.equal(asked.status, 200);
    assert.equal((await runtime.call(undefined, { method: "OPTIONS" })).status, 405);
  });
});

function typeOf(reply: unknown): string | undefined {
  return (reply as { error?: { type: string } }).error?.type;
}
