import assert from "node:assert/strict";
import { rename, rm, symlink, writeFile } from "node:fs/promises";
import { packZip } from "../../archive/zip.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { definition, Project, type Dev } from "./support/project.ts";

/** A workflow whose functions end when they are told to, or call a workflow that was not asked for. */
const files = {
  "shop/workflow.yaml": definition("shop", "order"),
  "shop/order/function.yaml": "runtime: python\n",
  "shop/order/main.py": `
import os

async def handler(event, context):
    if "end" in event:
        os._exit(event["end"])
    if "workflow" in event:
        return await context.call_workflow(event["workflow"], 100)
    return "ordered"
`,
  "shop/price/function.yaml": "runtime: node\n",
  "shop/price/main.js": `
exports.handler = (event) => {
  if (event.end) process.kill(process.pid, "SIGKILL");
  return "priced";
};
`,
  "tax/workflow.yaml": definition("tax", "rate"),
  "tax/rate/function.yaml": "runtime: node\n",
  "tax/rate/main.js": "exports.handler = (price) => price / 5;\n",
  "broken/workflow.yaml": definition("broken", "bad"),
  "broken/bad/function.yaml": "runtime: node\n",
  "broken/bad/main.js": "exports.handler = (\n",
  "eager/workflow.yaml": definition("eager", "shop"),
  "eager/shop/function.yaml": "runtime: python\n",
  "eager/shop/main.py": `
import logging

print("ready", flush=True)
logging.getLogger().warning("ready")
raise ValueError("not today")
`,
  "hasty/workflow.yaml": definition("hasty", "shop"),
  "hasty/shop/function.yaml": "runtime: node\n",
  "hasty/shop/main.js": 'console.log("ready");\nthrow new Error("not today");\n',
  "slow/workflow.yaml": definition("slow", "load"),
  "slow/load/function.yaml": "runtime: python\n",
  "slow/load/main.py": "import os, time\nprint(f'imported by {os.getpid()}', flush=True)\ntime.sleep(50)\n",
};

interface Refusal {
  readonly error: { readonly type: string; readonly message: string; readonly id: string };
}

describe("knflow dev with what goes wrong", () => {
  let project: Project;
  let dev: Dev;

  before(async () => {
    project = await Project.make(files, { PIP_NO_INDEX: "1" });
    dev = project.dev("shop");
    await dev.ready();
  });
  after(async () => {
    await dev.end();
    await project.remove();
  });

  for (const [name, end, how, answer] of [
    ["order", 3, "exit code 3", "ordered"],
    ["price", 1, "SIGKILL", "priced"],
  ] as const) {
    it(`starts /shop/${name} again after ${how}, and answers JSON meanwhile`, async () => {
      const from = dev.output.length;
      const { status, json } = await dev.call(`/shop/${name}`, { end });
      const { error } = json as Refusal;
      assert.deepEqual([status, error.type], [502, "Unreachable"]);
      assert.match(error.message, new RegExp(`^shop/${name} has closed the connection`));
      await dev.shown(new RegExp(`! shop/${name} ended by itself \\(${how}\\); it is started again\n`), from);
      await waitFor(`shop/${name} to answer again`, async () => {
        const again = await dev.call(`/shop/${name}`);
        if (again.status === 200) return assert.equal(again.json, answer) ?? true;
        assert.equal((again.json as Refusal).error.type, "Unavailable");
        return undefined;
      });
    });
  }

  it("starts a workflow that is called though it was not asked for, once for all who call it", async () => {
    const from = dev.output.length;
    const calls = Array.from({ length: 5 }, () => dev.call("/shop", { workflow: "tax" }));
    for (const { status, json } of await Promise.all(calls)) assert.deepEqual([status, json], [200, 20]);
    assert.equal(dev.output.slice(from).split("! tax is called: it is started too").length, 2);
  });

  it("takes up what is saved of it as well", async () => {
    const from = dev.output.length;
    await project.write("tax/rate/main.js", "exports.handler = (price) => price / 10;\n");
    await dev.shown(/↻ tax\/rate/, from);
    assert.equal((await dev.call("/shop", { workflow: "tax" })).json, 10);
  });

  it("tells the caller and the terminal why a workflow that is called does not start", async () => {
    const from = dev.output.length;
    const { status, json } = await dev.call("/shop/order", { workflow: "broken" });
    assert.equal(status, 502);
    assert.match((json as Refusal).error.message, /broken\/bad is not ready: SyntaxError.*main\.js:/);
    await dev.shown(/! broken cannot be called: broken\/bad is not ready: SyntaxError/, from);
    assert.equal((await dev.call("/shop/order", { workflow: "nowhere" })).status, 502);
  });

  for (const name of ["eager", "hasty"]) {
    it(`does not take the word of a function that prints "ready" for it (${name})`, async () => {
      const { stdout, stderr, exitCode } = await project.run(name);
      assert.deepEqual([stdout, exitCode], ["", 1]);
      assert.match(stderr, new RegExp(`^error: ${name}/shop is not ready: .*not today`));
    });
  }

  it("takes no notice of what editors and checkouts do with files meanwhile", async () => {
    const from = dev.output.length;
    await symlink("me@machine.1:1", project.path("shop/order/.#main.py"));
    for (let turn = 0; turn < 300; turn++) {
      const temporary = project.path(`shop/order/${turn}`);
      await project.write(`shop/order/${turn}`, "x");
      await rename(temporary, `${temporary}.new`);
      await project.write(`shop/order/lib/deep/${turn}.py`, "x");
      await project.write("shop/passing/main.js", "exports.handler = () => 0;\n");
      await project.write("shop/passing/function.yaml", "runtime: node\n");
      for (const gone of [`order/${turn}.new`, "order/lib", "passing/function.yaml", "passing"]) {
        await rm(project.path(`shop/${gone}`), { recursive: true });
      }
    }
    await project.write("shop/order/main.py", "def handler(event):\n    return 'ordered anew'\n");
    await waitFor("what was saved", async () => (await dev.call("/shop/order")).json === "ordered anew" || undefined);
    assert.doesNotMatch(dev.output.slice(from), /ENOENT|symbolic link| at .*\.ts:/);
  });

  it("tells that packages are installed, and goes on with what ran where they cannot be", async () => {
    const from = dev.output.length;
    await project.write("shop/order/requirements.txt", "knflow-nothing-of-this-name==1.0\n");
    await dev.shown(/▸ install the packages of functions\/shop\/order\/requirements\.txt/, from);
    await dev.shown(
      /✗ the packages of functions\/shop\/order\/requirements\.txt cannot .*; what ran before goes on/,
      from,
    );
    await dev.shown(/No matching distribution found for knflow-nothing-of-this-name/, from);
    assert.equal((await dev.call("/shop/order")).json, "ordered anew");
  });

  it("takes up packages once they can be installed", async () => {
    const info = "parcels-1.0.dist-info";
    const wheel = await packZip(
      Object.entries({
        "parcels.py": "size = 7\n",
        [`${info}/METADATA`]: "Metadata-Version: 2.1\nName: parcels\nVersion: 1.0\n",
        [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        [`${info}/RECORD`]: "",
      }).map(([path, text]) => ({ path, content: Buffer.from(text) })),
    );
    await writeFile(`${project.folder}/parcels-1.0-py3-none-any.whl`, wheel);
    const from = dev.output.length;
    await project.write("shop/order/requirements.txt", `--find-links ${project.folder}\nparcels==1.0\n`);
    await project.write("shop/order/main.py", "import parcels\n\ndef handler(event):\n    return parcels.size\n");
    await dev.shown(/↻ shop\/order/, from);
    await waitFor("the package", async () => (await dev.call("/shop/order")).json === 7 || undefined);
  });

  it("has nothing at a function that was removed", async () => {
    const from = dev.output.length;
    await rm(project.path("shop/price"), { recursive: true });
    await dev.shown(/ended: shop\/price/, from);
    const { status, json } = await dev.call("/shop/price");
    assert.equal(status, 404);
    assert.match(
      (json as Refusal).error.message,
      /there is nothing at \/shop\/price; there is: \/shop, \/shop\/order, /,
    );
  });

  it("ends at once with an interrupt while it starts, and leaves no process", async () => {
    const starting = project.dev("slow");
    const [, pid] = await starting.shown(/imported by (\d+)/);
    const begun = performance.now();
    assert.equal(await starting.interrupt(), 130);
    assert.ok(performance.now() - begun < 5000);
    assert.throws(() => process.kill(Number(pid), 0), { code: "ESRCH" });
    assert.doesNotMatch(starting.output, /✗|error|Ready/);
  });

  it("tells which port is taken", async () => {
    const [, port = ""] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(dev.output) ?? [];
    const second = project.dev("shop", "--port", port);
    await second.shown(new RegExp(`error: port ${port} on 127.0.0.1 is taken.*--port`));
  });

  it("lets `run` call workflows of the project, too", async () => {
    await project.write("shop/order/main.py", files["shop/order/main.py"]);
    const { stdout, stderr, exitCode } = await project.run("shop", "--data", '{"workflow": "tax"}');
    assert.deepEqual([stdout, stderr, exitCode], ["10", "! tax is called: it is started too", 0]);
  });
});
