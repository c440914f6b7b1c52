import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { execa } from "execa";
import { packZip } from "../../archive/zip.ts";
import { executorKind } from "./support/executor.ts";
import { languages, node, python } from "./support/languages.ts";
import { putArchive, RuntimeProcess, type Reply, type RuntimeKind } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";

/** Handlers that say which code they are, as slowly as they are asked to; and one that ends its process. */
const handlers: Readonly<Record<string, (version: string) => string>> = {
  python: (version) => `
import os, time

def handler(event):
    if event.get("crash"):
        os._exit(7)
    time.sleep(event.get("seconds", 0))
    return {"version": "${version}", "pid": os.getpid()}
`,
  node: (version) => `
import { setTimeout as pause } from "node:timers/promises";

export async function handler(event) {
  if (event.crash) process.kill(process.pid, "SIGKILL");
  await pause((event.seconds ?? 0) * 1000);
  return { version: "${version}", pid: process.pid };
}
`,
};

/** What kills its own process. */
const killed: Readonly<Record<string, string>> = {
  python: "import os\nos.kill(os.getpid(), 9)\n",
  node: 'process.kill(process.pid, "SIGKILL");\n',
};

/** What takes its time to be loaded. */
const slow: Readonly<Record<string, string>> = {
  python: "import time\ntime.sleep(3)\ndef handler(event):\n    return 1\n",
  node: "await new Promise((resolve) => setTimeout(resolve, 3000));\nexport const handler = () => 1;\n",
};

/** What is broken in each, and what is said of it. */
const broken = "def handler(: {";

async function put(kind: RuntimeKind, content: string): Promise<string> {
  return putArchive(await packZip([{ path: kind.entryFile, content: Buffer.from(content) }]));
}

async function putVersion(kind: RuntimeKind, version: string): Promise<string> {
  return put(kind, handlers[kind.name]?.(version) ?? "");
}

const version1 = (kind: RuntimeKind) => handlers[kind.name]?.("1") ?? "";

/** A runtime that can be asked for other code. */
class Reloadable {
  readonly runtime: RuntimeProcess;
  readonly #folder: string;

  constructor(runtime: RuntimeProcess, folder: string) {
    this.runtime = runtime;
    this.#folder = folder;
  }

  /** Asks for other code as `knflow watch` does. @returns the answer's first line, and the reason behind it */
  async reload(object: string, sha256 = /([0-9a-f]{64})\.zip$/.exec(object)?.[1]): Promise<[string, string]> {
    await mkdir(this.#folder, { recursive: true });
    const answer = join(this.#folder, "answer");
    await execa("rm", ["-f", answer]);
    await execa("mkfifo", [answer]);
    await writeFile(join(this.#folder, "request"), `${object} ${sha256}`);
    const answered = readFile(answer, "utf8");
    this.runtime.signal("SIGHUP");
    const [said = "", reason = ""] = (await answered).split("\n");
    assert.ok(said.endsWith(` ${sha256}`), said);
    return [said.replace(` ${sha256}`, ""), reason];
  }

  call(body: object): Promise<Reply> {
    return this.runtime.call(body);
  }

  /** Ends what waits for an answer that will not come. */
  async giveUp(): Promise<void> {
    await execa("sh", ["-c", 'exec 3<>"$0"; echo none >&3', join(this.#folder, "answer")]);
  }

  async version(seconds = 0): Promise<string> {
    const { json } = await this.call({ seconds });
    return (json as { version: string }).version;
  }
}

/** A connection that is kept open, by which one request after another is sent. */
class RawConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding("utf8");
  }

  static async open({ url }: RuntimeProcess): Promise<RawConnection> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** The code that answers. */
  async version(): Promise<string | undefined> {
    return (await this.ask()).version;
  }

  /** What is answered: the code's version, and whether the connection is said to end with it. */
  async ask(body: object = {}): Promise<{ version: string | undefined; ends: boolean }> {
    const text = JSON.stringify(body);
    this.#socket.write(`POST / HTTP/1.1\r\nhost: here\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    for (let answer = ""; ;) {
      const [part] = (await once(this.#socket, "data", { signal: AbortSignal.timeout(5000) })) as [string];
      answer += part;
      const version = /"version": ?"(\d+)"/.exec(answer);
      if (version) return { version: version[1], ends: /^connection: close\r$/im.test(answer) };
    }
  }

  /** Settled once the other side has closed it. */
  async ended(): Promise<void> {
    if (!this.#socket.readableEnded) await once(this.#socket, "end", { signal: AbortSignal.timeout(5000) });
  }
}

/** A reload while a connection is in use: it ends with its answer. */
async function endsWithAnswer(one: Reloadable, other: string): Promise<void> {
  const connection = await RawConnection.open(one.runtime);
  assert.deepEqual(await connection.ask(), { version: "1", ends: false });
  const answer = connection.ask({ seconds: 3 });
  await one.runtime.isReady();
  assert.deepEqual(await one.reload(other), ["reloaded", ""]);
  assert.deepEqual(await answer, { version: "1", ends: true });
  await connection.ended();
}

let folders = 0;

async function reloadable(kind: RuntimeKind, code: string, work: (one: Reloadable) => Promise<void>): Promise<void> {
  folders += 1;
  const folder = `/dev/shm/knflow-reload-test-${process.pid}-${folders}`;
  const runtime = await RuntimeProcess.start(kind, await put(kind, code), { env: { KNFLOW_RELOAD_DIR: folder } });
  try {
    await work(new Reloadable(runtime, folder));
  } finally {
    runtime.signal("SIGTERM");
    await runtime.ended();
    await runtime.stop();
    await execa("rm", ["-rf", folder]);
  }
}

describe("reload: python alone", () => {
  it("of many processes only the first and the last one are left", async () => {
    await reloadable(python, version1(python), async (one) => {
      for (const version of ["2", "3", "4"]) await one.reload(await putVersion(python, version));
      const { json } = await one.call({});
      const left = [(json as { pid: number }).pid];
      await waitFor("the processes before to end", async () => {
        return isDeepStrictEqual(await children(one.runtime.pid), left) ? true : undefined;
      });
    });
  });
});

describe("reload: the executor", () => {
  const definition = (version: string, duration = "PT0S") => `
document: { dsl: "1.0.0", namespace: test, name: workflow-under-test, version: "0.1.0" }
do:
  - rest: { wait: ${duration} }
  - answer: { set: { version: "${version}" } }
`;

  it("runs begin by the other definition, and those that have begun end by theirs", async () => {
    await reloadable(executorKind, definition("1", "PT1.5S"), async (one) => {
      const begun = one.version();
      await one.runtime.isReady();
      assert.deepEqual(await one.reload(await put(executorKind, definition("2"))), ["reloaded", ""]);
      assert.equal(await one.version(), "2");
      assert.equal(await begun, "1");
      one.runtime.signal("SIGTERM");
      assert.equal(await one.runtime.ended(), 0);
    });
  });

  it("a connection that is in use ends with its answer, which says so", async () => {
    await reloadable(executorKind, definition("1", "PT3S"), async (one) => {
      await endsWithAnswer(one, await put(executorKind, definition("2")));
    });
  });

  it("a definition that has a fault is refused with its place", async () => {
    await reloadable(executorKind, definition("1"), async (one) => {
      const [said, reason] = await one.reload(await put(executorKind, definition("2").replace("set:", "sett:")));
      assert.equal(said, "not reloaded");
      assert.match(reason, /^DefinitionError: workflow\.yaml:5:\d+: /);
      assert.equal(await one.version(), "1");
    });
  });
});

describe("reload: node alone", () => {
  it("a process that has no room for a further one says so, and serves on", async () => {
    await reloadable(node, version1(node), async (one) => {
      for (let version = 2; version <= 4; version += 1) await one.reload(await putVersion(node, String(version)));
      const [said, reason] = await one.reload(await putVersion(node, "5"));
      assert.equal(said, "not reloaded");
      assert.match(reason, /^ReloadLimit: .* 3 times/);
      assert.equal(await one.version(), "4");
    });
  });
});

/** Processes that a process has started and that are there. */
async function children(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const texts = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")),
  );
  return texts.join(" ").split(" ").filter(Boolean).map(Number);
}

for (const kind of languages) {
  describe(`reload: ${kind.name}`, () => {
    it("other code answers at the same port, and what is in flight is finished by the code before", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const slow = one.version(1.5);
        await one.call({});
        assert.deepEqual(await one.reload(await putVersion(kind, "2")), ["reloaded", ""]);
        assert.equal(await one.version(), "2");
        assert.equal(await slow, "1");
      });
    });

    it("again and again", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        for (const version of ["2", "3", "4"]) {
          assert.deepEqual(await one.reload(await putVersion(kind, version)), ["reloaded", ""]);
          assert.equal(await one.version(), version);
        }
      });
    });

    it("no call fails meanwhile", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const [second, third] = [await putVersion(kind, "2"), await putVersion(kind, "3")];
        let reloading = true;
        const seen = new Set<string>();
        const callers = Array.from({ length: 4 }, async () => {
          let calls = 0;
          for (; reloading || !seen.has("3"); calls += 1) {
            const { status, json } = await one.call({ seconds: 0.01 });
            assert.equal(status, 200);
            seen.add((json as { version: string }).version);
          }
          return calls;
        });
        await one.reload(second);
        await one.reload(third);
        reloading = false;
        const calls = await Promise.all(callers);
        assert.ok(
          calls.every((count) => count > 10),
          String(calls),
        );
        assert.deepEqual([...seen].sort(), ["1", "2", "3"]);
      });
    });

    it("idle connections go over, used or not, and are answered by the other code", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const [used, unused] = await Promise.all([RawConnection.open(one.runtime), RawConnection.open(one.runtime)]);
        assert.equal(await used.version(), "1");
        for (const version of ["2", "3"]) {
          await one.reload(await putVersion(kind, version));
          assert.equal(await used.version(), version);
        }
        assert.equal(await unused.version(), "3");
      });
    });

    it("a connection that is in use ends with its answer, which says so", async () => {
      await reloadable(kind, version1(kind), async (one) => endsWithAnswer(one, await putVersion(kind, "2")));
    });

    it("code that cannot be loaded is refused with its reason, and nothing else changes", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const [said, reason] = await one.reload(await put(kind, broken));
        assert.equal(said, "not reloaded");
        assert.match(reason, new RegExp(`^SyntaxError: .*\\(${kind.entryFile}:1\\)$`));
        assert.equal(await one.version(), "1");
        assert.deepEqual(await one.reload(await putVersion(kind, "2")), ["reloaded", ""]);
        assert.equal(await one.version(), "2");
      });
    });

    it("an archive with another sha256 is refused", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const [said, reason] = await one.reload(await putVersion(kind, "2"), "0".repeat(64));
        assert.equal(said, "not reloaded");
        assert.match(
          reason,
          /^SettingsError: FAASIT_CODE_DIR names sha256 [0-9a-f]{64}, but KNFLOW_CODE_SHA256 is 0+$/,
        );
        assert.equal(await one.version(), "1");
      });
    });

    it("another function's code is refused", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const own = await putVersion(kind, "2");
        const [said, reason] = await one.reload(own.replace("function-under-test", "another"));
        assert.equal(said, "not reloaded");
        assert.match(reason, /^SettingsError: '.*another.*' is not the code of this function$/);
      });
    });

    it("a process that is killed while it loads is told as such", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        await one.reload(await put(kind, broken));
        const [said, reason] = await one.reload(await put(kind, killed[kind.name] ?? ""));
        assert.deepEqual([said, reason], ["not reloaded", "ProcessEnded: it ended without a reason"]);
        assert.equal(await one.version(), "1");
      });
    });

    it("told to stop, it lets the calls of both processes finish and ends with 0", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const first = one.version(1.5);
        await one.call({});
        await one.reload(await putVersion(kind, "2"));
        const second = one.version(1);
        await one.call({});
        one.runtime.signal("SIGTERM");
        assert.deepEqual(await Promise.all([first, second]), ["1", "2"]);
        assert.equal(await one.runtime.ended(), 0);
      });
    });

    it("told to stop while other code is loaded, it ends, and so does what was loading", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        const object = await put(kind, slow[kind.name] ?? "");
        void one.reload(object).catch(() => undefined);
        const [loading = 0] = await waitFor("the other process", async () => {
          const pids = await children(one.runtime.pid);
          return pids.length > 0 ? pids : undefined;
        });
        one.runtime.signal("SIGTERM");
        assert.equal(await one.runtime.ended(), 0);
        await waitFor("its end", () => (existsSync(`/proc/${loading}`) ? undefined : true), 20);
        await one.giveUp();
      });
    });

    it("it ends when the process ends that took its place, for Kubernetes to start it afresh", async () => {
      await reloadable(kind, version1(kind), async (one) => {
        await one.reload(await putVersion(kind, "2"));
        await assert.rejects(one.call({ crash: true }));
        assert.notEqual(await one.runtime.ended(), 0);
      });
    });
  });
}
