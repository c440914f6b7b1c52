import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createProgress } from "../../console/progress.ts";
import { assertStarted, LocalSession, localWorkflow } from "../../local/session.ts";
import { readWorkflows } from "../../source/workflow-source.ts";
import { definition } from "./support/project.ts";

/** Two workflows whose functions call each other: order -> price, order -> the workflow tax -> rate. */
const files = {
  "shop/workflow.yaml": definition("shop", "order"),
  "shop/order/function.yaml": "runtime: python\n",
  "shop/order/main.py": `
async def handler(event, context):
    price = await context.call("price", {"item": event["item"]})
    try:
        await context.call("sold-out")
    except context.CallError as error:
        status = error.status
    return {"price": price, "tax": await context.call_workflow("tax", price), "status": status}
`,
  "shop/price/function.yaml": "runtime: node\n",
  "shop/price/main.ts": "export const handler = ({ item }: { item: string }) => item.length * 100;\n",
  "tax/workflow.yaml": definition("tax", "rate"),
  "tax/rate/function.yaml": "runtime: node\n",
  "tax/rate/main.ts": "export const handler = (price: number) => price / 5;\n",
};

describe("calls from code, locally", () => {
  let folder: string;
  let session: LocalSession;
  const logged: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-calls-"));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    const progress = createProgress({ logDir: join(folder, "logs") });
    session = await LocalSession.open({
      port: 0,
      progress,
      onLine: (_name, line) => logged.push(line),
      onNotice: (message) => logged.push(message),
    });
    const sources = await readWorkflows(folder);
    assertStarted(await session.apply(await Promise.all(sources.map(localWorkflow))));
  });
  after(async () => {
    await session.close();
    await rm(folder, { recursive: true });
  });

  it("reach functions and workflows by their names, within one run", async () => {
    const headers = { "content-type": "application/json", "x-knflow-run-id": "order-1" };
    const reply = await fetch(session.address("shop"), { method: "POST", headers, body: '{"item": "lamp"}' });
    assert.deepEqual(await reply.json(), { price: 400, tax: 80, status: 404 }, logged.join("\n"));
    const lines = logged.filter((line) => line.includes('"msg":"call"')).map((line) => JSON.parse(line) as CallLine);
    assert.deepEqual(lines.map((line) => [line.workflow, line.function, line.runId]).sort(), [
      ["shop", "order", "order-1"],
      ["shop", "price", "order-1"],
      ["tax", "rate", "order-1"],
    ]);
  });
});

interface CallLine {
  readonly workflow: string;
  readonly function: string;
  readonly runId: string;
}
