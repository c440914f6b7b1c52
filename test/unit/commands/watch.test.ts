import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { ClusterApi } from "../../../commands/cluster-api.ts";
import { Watched } from "../../../commands/watch.ts";
import { waitFor } from "../../runtime/support/wait.ts";
import { script } from "../toolchain/support.ts";
import { fakeApi, listOf } from "./fake-api.ts";

interface Pod {
  readonly metadata: { readonly name: string };
  readonly state: string;
}

describe("watching objects", () => {
  const before = { ...process.env };
  let folder: string;
  let ends: (() => unknown)[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
    Object.assign(process.env, { PATH: `${join(folder, "bin")}:${before.PATH}`, KNFLOW_CONTEXT: "somewhere" });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    process.env.PATH = before.PATH;
    delete process.env.KNFLOW_CONTEXT;
    await rm(folder, { recursive: true });
  });

  const pod = (name: string, state: string): Pod => ({ metadata: { name }, state });
  const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

  /** Watches an API that does at each list and each watch what the next of these says. */
  async function watch(...answers: ((response: ServerResponse) => unknown)[]) {
    const asked: string[] = [];
    const end = await fakeApi(folder, ({ url = "" }, response) => {
      asked.push(url);
      const answer = answers.shift();
      // A watch that tells of nothing more.
      if (answer === undefined) response.flushHeaders();
      else answer(response);
    });
    const api = await ClusterApi.open();
    const states: string[] = [];
    const selection = { path: "/api/v1/namespaces/own/pods", query: { labelSelector: "app=a" } };
    const watched = new Watched<Pod>(
      api,
      selection,
      () => states.push(watched.objects.map(({ metadata, state }) => `${metadata.name} ${state}`).join(", ")),
      0.5,
    );
    ends = [end, () => api.close(), () => watched.end()];
    return { watched, states, asked };
  }

  it("tells of changes as they come", async () => {
    const changes = [event("ADDED", pod("b", "1")), event("MODIFIED", pod("a", "2")), event("DELETED", pod("b", "1"))];
    const { states, asked } = await watch(
      (response) => response.end(listOf(pod("a", "1"))),
      (response) => response.write(changes.join("")),
    );
    await waitFor("all changes", () => states.length === 4 || undefined);
    assert.deepEqual(states, ["a 1", "a 1, b 1", "a 2, b 1", "a 2"]);
    assert.deepEqual(asked, [
      "/api/v1/namespaces/own/pods?labelSelector=app%3Da",
      "/api/v1/namespaces/own/pods?labelSelector=app%3Da&watch=1&resourceVersion=7&timeoutSeconds=0.5",
    ]);
  });

  it("finds out what it was not told, by the next list", async () => {
    const { watched, states } = await watch(
      (response) => response.end(listOf(pod("a", "pending"), pod("gone", "pending"))),
      (response) => response.end(),
      (response) => response.end(listOf(pod("a", "ready"))),
    );
    await waitFor("the change", () => states.at(-1) === "a ready" || undefined);
    assert.equal(watched.failure, undefined);
  });

  it("goes on from a list again where the server forgot the version, and where the connection breaks", async () => {
    const { states } = await watch(
      (response) => response.end(listOf(pod("a", "1"))),
      (response) => response.end(event("ERROR", { code: 410, message: "too old" })),
      (response) => response.end(listOf(pod("a", "2"))),
      (response) => response.write('{"type": "MOD', () => response.destroy()),
      (response) => response.end(listOf(pod("a", "3"))),
    );
    await waitFor("the last state", () => states.at(-1) === "a 3" || undefined);
  });

  it("says why the API cannot be asked, and asks again", async () => {
    const refused = { kind: "Status", message: 'pods is forbidden: User "u" cannot list' };
    const { watched, states } = await watch(
      (response) => response.writeHead(403).end(JSON.stringify(refused)),
      (response) => response.end(listOf(pod("a", "1"))),
    );
    await waitFor("the refusal", () => watched.failure);
    assert.equal(watched.failure, refused.message);
    await waitFor("the list", () => states.at(-1) === "a 1" || undefined);
    assert.equal(watched.failure, undefined);
  });

  it("goes on by another kubectl where one ended", async () => {
    const end = await fakeApi(folder, (_, response) => response.end("answered"));
    const file = join(folder, "bin", "kubectl");
    const sound = await readFile(file, "utf8");
    await script(file, 'ln -s /dev/null "${4#--unix-socket=}"; echo "Starting to serve on it"');
    const api = await ClusterApi.open();
    ends = [end, () => api.close()];
    await writeFile(file, sound);
    const ask = () => api.get("/version", AbortSignal.timeout(5000)).then(text);
    const answers = await waitFor("answers", () => Promise.all([ask(), ask(), ask()]).catch(() => undefined));
    assert.deepEqual(answers, Array(3).fill("answered"));
  });

  it("ends with kubectl's own words where that does not run", async () => {
    await script(join(folder, "bin", "kubectl"), 'echo "error: context \\"somewhere\\" does not exist" >&2; exit 1');
    await assert.rejects(ClusterApi.open(), /^UserError: .*context "somewhere" does not exist$/);
  });

  for (const [how, ending, signal] of [
    ["is killed", 'process.kill(process.pid, "SIGKILL")', "SIGKILL"],
    // As a terminal does it, to all that run there.
    ["is interrupted", 'process.on("SIGINT", () => api.close()); process.kill(0, "SIGINT")', undefined],
  ] as const) {
    it(`leaves no kubectl behind where whoever opened it ${how}`, async () => {
      const gone = join(folder, "gone");
      await script(
        join(folder, "bin", "kubectl"),
        `trap 'echo "\${4#--unix-socket=}" > ${gone}; exit' TERM`,
        "echo Starting to serve on it",
        "while :; do sleep 0.1; done",
      );
      const opener = join(import.meta.dirname, "..", "..", "..", "commands", "cluster-api.ts");
      const code = `const api = await (await import(${JSON.stringify(opener)})).ClusterApi.open(); ${ending}`;
      const ended = await execa(process.execPath, ["--input-type=module", "--eval", code], {
        detached: true,
        reject: false,
        timeout: 20_000,
      });
      assert.equal(ended.signal, signal);
      await waitFor("kubectl's end", () => existsSync(gone) || undefined);
      const [socket] = (await readFile(gone, "utf8")).split("\n");
      await waitFor("its folder's end", () => !existsSync(dirname(socket ?? "")) || undefined);
    });
  }
});
