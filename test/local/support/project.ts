import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { request } from "undici";

const root = join(import.meta.dirname, "..", "..", "..");
/** What a clone has besides what is copied. */
const left = ["node_modules", ".git", "tmp", "test"];
const deadline = 30_000;

/** A workflow that calls one function. */
export const definition = (name: string, call: string) => `
document: { dsl: 1.0.0, namespace: test, name: ${name}, version: 0.1.0 }
do:
  - only:
      call: ${call}
`;

/** A clone of this project in a folder of its own, whose functions a test may change. */
export class Project {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#env = { XDG_STATE_HOME: join(folder, "state"), ...env };
  }

  /** @param functions the files below functions/; the examples where they are not given */
  static async make(functions?: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
    const folder = await mkdtemp(join(tmpdir(), "knflow-test-project-"));
    const parts = (await readdir(root)).filter((name) => !left.includes(name));
    for (const part of parts.filter((name) => functions === undefined || name !== "functions")) {
      await cp(join(root, part), join(folder, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const project = new Project(folder, env);
    for (const [file, text] of Object.entries(functions ?? {})) await project.write(file, text);
    return project;
  }

  path(file: string): string {
    return join(this.folder, "functions", file);
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true });
    await writeFile(this.path(file), text);
  }

  dev(...args: string[]): Dev {
    return this.devIn(".", ...args);
  }

  /** @param folder where in the project the command is typed */
  devIn(folder: string, ...args: string[]): Dev {
    const command = [join(this.folder, "cli", "knflow.js"), "dev", "--port", "0", ...args];
    const env = { ...process.env, ...this.#env };
    const cwd = join(this.folder, folder);
    return new Dev(spawn(process.execPath, command, { cwd, env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  run(...args: string[]) {
    const command = [join(this.folder, "cli", "knflow.js"), "run", ...args];
    return execa(process.execPath, command, { cwd: this.folder, env: this.#env, reject: false });
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, maxRetries: 3 });
  }
}

/** A `knflow dev` that runs. */
export class Dev {
  output = "";
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exited: Promise<unknown>;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child;
    this.#exited = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (this.output += chunk));
    }
  }

  /** Waits for output, after the given length of what is there already. */
  async shown(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(deadline);
    for (;;) {
      const found = pattern.exec(this.output.slice(from));
      if (found !== null) return found;
      const { stdout, stderr } = this.#child;
      const next = new AbortController();
      const signal = AbortSignal.any([late, next.signal]);
      await Promise.race([once(stdout, "data", { signal }), once(stderr, "data", { signal })]).catch(() => {
        throw new Error(`no ${pattern} in:\n${this.output.slice(from)}`);
      });
      next.abort();
    }
  }

  async ready(): Promise<void> {
    await this.shown(/Ready;/);
  }

  async call(path: string, body: unknown = {}) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(this.output)?.[0] ?? "";
    const headers = { "content-type": "application/json" };
    const answer = await request(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.statusCode, json: await answer.body.json() };
  }

  async get(path: string, signal: AbortSignal) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(this.output)?.[0] ?? "";
    return (await request(url + path, { signal })).body.json();
  }

  /** Interrupts it. @returns its exit code */
  async interrupt(): Promise<number | null> {
    this.#child.kill("SIGINT");
    await this.#exited;
    return this.#child.exitCode;
  }

  /** Ends it where it still runs; killed, it would leave its processes. */
  async end(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }
}
