import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { assertDone, type Project } from "./project.ts";

const main = `
import hashlib
import os

def handler(event):
    told = {name: os.environ[name] for name in ("TOKEN", "PASSWORD")}
    print("read", told)
    if event.get("fail"):
        raise ValueError(f"refused {told}")
    return {name: hashlib.sha256(value.encode()).hexdigest() for name, value in told.items()}
`;

/** A workflow that reads a secret of the configuration and a Kubernetes Secret, and everything that was written meanwhile. */
export class Vault {
  readonly #project: Project;
  readonly #namespace: string;
  readonly #canaries: string[] = [];

  constructor(project: Project, namespace: string) {
    this.#project = project;
    this.#namespace = namespace;
  }

  async write(): Promise<void> {
    const folder = join(this.#project.folder, "functions", "vault");
    await mkdir(join(folder, "reveal"), { recursive: true });
    const document = { dsl: "1.0.0", namespace: "test", name: "vault", version: "1.0.0" };
    await writeFile(join(folder, "workflow.yaml"), stringify({ document, do: [{ only: { call: "reveal" } }] }));
    const secrets = { TOKEN: { config: "token" }, PASSWORD: { secret: "vault", key: "password" } };
    await writeFile(join(folder, "reveal", "function.yaml"), stringify({ runtime: "python", secrets }));
    await writeFile(join(folder, "reveal", "main.py"), main);
  }

  /** Sets both secrets to values that were not there before. */
  async change(): Promise<void> {
    const value = `canary-${this.#canaries.length}-7391 "it's" \\$(HOME) $$x`;
    this.#canaries.push(`${value}-config`, `${value}-kubernetes`);
    const set = ["config", "set", "--secret", "secrets:token", `${value}-config`, "--stack", this.#project.stack];
    const done = await this.#project.pulumi(...set);
    assertDone(done);
    const kubectl = (...args: string[]) => this.#project.kubectl("-n", this.#namespace, ...args);
    await kubectl("delete", "secret", "vault", "--ignore-not-found");
    await kubectl("create", "secret", "generic", "vault", `--from-literal=password=${value}-kubernetes`);
  }

  /** Checks that the function has the last values, and that no value stands in what was written. */
  async check(...written: string[]): Promise<void> {
    const [token = "", password = ""] = this.#canaries.slice(-2);
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const reply = await this.#project.invoke("vault", {});
    assert.deepEqual(JSON.parse(reply.stdout), { TOKEN: sha256(token), PASSWORD: sha256(password) }, reply.stderr);
    const refused = await this.#project.invoke("vault", { fail: true, text: token });
    assert.match(refused.stderr, /refused .*\[secret TOKEN\].*\[secret PASSWORD\]/);
    const state = await this.#project.pulumi("stack", "export", "--stack", this.#project.stack);
    const logs = ["logs", "-l", "knflow.dev/workflow=vault", "--all-containers", "--tail=-1"];
    const logged = await this.#project.kubectl("-n", this.#namespace, ...logs);
    assert.match(logged, /\[secret TOKEN\]/);
    const texts = [...written, reply.stdout, refused.stdout, refused.stderr, state.text, logged];
    for (const canary of this.#canaries) {
      const beginning = canary.slice(0, canary.indexOf(" "));
      // Up to its first quote a value is the same however it is printed.
      for (const form of [`${beginning} `, Buffer.from(canary).toString("base64").replace(/=+$/, "")]) {
        for (const text of texts) assert.ok(!text.includes(form), `${form} in:\n${text}`);
      }
    }
  }
}
