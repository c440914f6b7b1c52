import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createProgram, projectRoot, type TestProgram } from "./support/program.ts";

const canary = "canary-7391";

/** A function's secrets by the project's own means; instead of on a cluster, the Kubernetes Secret is in a folder. */
const text = `
import * as k8s from "@pulumi/kubernetes";
import { functionSecrets } from "${projectRoot}/components/function-secrets.ts";
import { guided } from "${projectRoot}/components/guided.ts";
import { readSecrets } from "${projectRoot}/settings/secrets.ts";
import { readSettings } from "${projectRoot}/settings/index.ts";

export default () => guided(async () => {
  try {
    readSettings();
  } catch (error) {
    if (error.message.includes("runStoreUrl")) throw error;
  }
  const secrets = [
    { variable: "TOKEN", from: { config: "token" }, place: { file: "function.yaml", line: 3, column: 3 } },
    { variable: "NUMBER", from: { config: "number" }, place: { file: "function.yaml", line: 4, column: 3 } },
  ];
  const sources = await readSecrets(secrets, { cluster: { context: "none" }, namespace: "test" });
  const provider = new k8s.Provider("provider", { renderYamlToDirectory: "rendered" });
  const owner = { namespace: "test", workflow: "shop", function: "pay", secrets, sources };
  return { found: functionSecrets("shop-pay-secrets", owner, { provider }) };
});
`;

describe("secrets of the configuration, by the real engine", () => {
  let program: TestProgram;
  before(async () => {
    program = await createProgram(text);
    await program.pulumi(["stack", "init", "test"]);
  });
  after(() => program.remove());

  const set = (key: string, value: string, ...flags: string[]) =>
    program.pulumi(["config", "set", ...flags, key], value);
  const events = () => join(program.folder, "events.jsonl");
  const up = () => program.pulumi(["up", "--yes", "--diff", "--event-log", events()]);
  const variables = async () =>
    JSON.stringify((JSON.parse(await program.pulumi(["stack", "output", "--json"])) as { found: object }).found);

  it("are refused where they are missing or stand in clear, with the commands that set them", async () => {
    await set("secrets:token", canary, "--plaintext");
    await assert.rejects(program.pulumi(["preview"]), (error: Error) => {
      assert.match(
        error.message,
        /function\.yaml:3:3: secrets\.TOKEN: secrets:token stands in clear .* stack test; set it/,
      );
      assert.match(
        error.message,
        /function\.yaml:4:3: secrets\.NUMBER: secrets:number is not in .*config set --secret/,
      );
      assert.doesNotMatch(error.message, new RegExp(`${canary}|at file:`));
      return true;
    });
  });

  it("of the run store are refused in clear too", async () => {
    await set("knflow:runStoreUrl", `postgres://me:${canary}@db/runs`, "--plaintext");
    await assert.rejects(program.pulumi(["preview"]), (error: Error) => {
      assert.match(error.message, /"pulumi config set --secret knflow:runStoreUrl" asks for it/);
      return !error.message.includes(canary);
    });
    await program.pulumi(["config", "rm", "knflow:runStoreUrl"]);
  });

  it("are nowhere in clear: not in the configuration, nor in state, output, differences or events", async () => {
    const seen: string[] = [];
    let before = "";
    for (const value of [`${canary}-1`, `${canary}-2`]) {
      await set("secrets:token", value, "--secret");
      await set("secrets:number", "73917391", "--secret");
      seen.push(await up(), await readFile(events(), "utf8"), await program.pulumi(["stack", "export"]));
      seen.push(await program.pulumi(["preview", "--diff"]));
      const named = await variables();
      assert.match(named, /"name":"shop-pay-secrets-[0-9a-f]+"/, "its name is no secret");
      assert.notEqual(named, before, "another value is another Kubernetes Secret");
      before = named;
    }
    seen.push(await readFile(join(program.folder, "Pulumi.test.yaml"), "utf8"));
    const forms = [canary, "73917391"].flatMap((form) => [form, Buffer.from(form).toString("base64").slice(0, 10)]);
    for (const form of forms) for (const text of seen) assert.ok(!text.includes(form), `${form} in:\n${text}`);
    assert.match(seen.join(""), /\+-kubernetes:core\/v1:Secret: \(replace\)/);
    assert.match(seen.join(""), /"retainOnDelete": true/);
  });
});
