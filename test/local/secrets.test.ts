import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createProgress } from "../../console/progress.ts";
import type { Environment } from "../../local/secrets.ts";
import { LocalSession, localWorkflow } from "../../local/session.ts";
import { readWorkflows } from "../../source/workflow-source.ts";
import { waitFor } from "../runtime/support/wait.ts";

const files = {
  "shop/workflow.yaml":
    "document: { dsl: 1.0.0, namespace: test, name: shop, version: 0.1.0 }\ndo:\n  - only:\n      call: pay\n",
  "shop/pay/function.yaml":
    "runtime: node\nsecrets:\n  TOKEN: { config: token }\n  PASSWORD: { secret: db, key: password }\n",
  "shop/pay/main.mjs": "export const handler = () => [process.env.TOKEN.length, process.env.PASSWORD];\n",
};

describe("secrets, locally", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-secrets-"));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
  });
  after(() => rm(folder, { recursive: true }));

  /** Works with a session that has these variables. */
  async function within<T>(
    environment: Environment,
    work: (session: LocalSession, failures: string[], logged: string[]) => Promise<T>,
  ): Promise<T> {
    const logged: string[] = [];
    const progress = createProgress({ logDir: join(folder, "logs") });
    const onLine = (_name: string, line: string) => logged.push(line);
    const onNotice = (message: string) => logged.push(message);
    const session = await LocalSession.open({ port: 0, progress, onLine, onNotice, environment });
    try {
      const [source] = await readWorkflows(folder);
      assert.ok(source);
      const { failures } = await session.apply([await localWorkflow(source)]);
      return await work(
        session,
        failures.map(({ message }) => message),
        logged,
      );
    } finally {
      await session.close();
    }
  }

  it("are the environment's, and hidden in the log as on a cluster", async () => {
    await within({ TOKEN: "canary-7391", PASSWORD: "canary-1937" }, async (session, failures, logged) => {
      assert.deepEqual(failures, []);
      const reply = await fetch(session.address("shop/pay"), { method: "POST" });
      assert.deepEqual(await reply.json(), [11, "canary-1937"]);
      const call = await waitFor("the call's line", () => logged.find((line) => line.includes('"msg":"call"')));
      assert.match(call, /"output":\[11,"\[secret PASSWORD\]"\]/);
      assert.doesNotMatch(logged.join("\n"), /canary/);
    });
  });

  it("that are missing are told, with their places and what mends it", async () => {
    await within({ TOKEN: "canary" }, (_session, failures) => {
      assert.equal(failures.length, 1);
      assert.match(
        failures[0] ?? "",
        /shop\/pay\/function\.yaml:4:3: secrets\.PASSWORD: it has no value on this machine; set PASSWORD in .*\.env$/,
      );
      return Promise.resolve();
    });
  });
});
