import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { linesOf } from "../../../console/lines.ts";
import { nodeRuntime } from "./node.ts";
import { pythonRuntime } from "./python.ts";
import { shared } from "./setup.ts";

/** What came of an archive. */
export interface Unpacked {
  /** The message of the refusal; null where it was unpacked. */
  readonly error: string | null;
  /** The exception's class. */
  readonly kind: string | null;
  readonly folder: string;
  readonly seconds: number;
  /** The most memory that the process has used so far. */
  readonly peakKilobytes: number;
}

const pythonProgram = `
import json, resource, sys, time
from knflow_runtime.unzip import unzip
for line in sys.stdin:
    archive, folder = json.loads(line)
    begun, error, kind = time.perf_counter(), None, None
    try:
        unzip(archive, folder)
    except Exception as raised:
        error, kind = str(raised), type(raised).__name__
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([error, kind, time.perf_counter() - begun, peak]), flush=True)
`;

const nodeProgram = `
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { unpack } from "${join(nodeRuntime, "src/unpack.ts")}";
for await (const line of createInterface(process.stdin)) {
  const [archive, folder] = JSON.parse(line);
  const begun = performance.now();
  let error = null, kind = null;
  try {
    unpack(readFileSync(archive), folder);
  } catch (raised) {
    [error, kind] = [raised.message, raised.name];
  }
  const seconds = (performance.now() - begun) / 1000;
  console.log(JSON.stringify([error, kind, seconds, process.resourceUsage().maxRSS]));
}
`;

/** How each runtime's unpacker is started: program, arguments, environment. */
const programs: Readonly<Record<string, () => [string, string[], NodeJS.ProcessEnv]>> = {
  python: () => [
    shared().python.python,
    ["-S", "-c", pythonProgram],
    { PYTHONPATH: pythonRuntime, PYTHONDONTWRITEBYTECODE: "1" },
  ],
  node: () => [process.execPath, ["--input-type=module", "-e", nodeProgram], {}],
};

/** A runtime's unpacker in a process of its own that takes one archive after the other. */
export class Unpacker {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  readonly #folder: string;
  #count = 0;

  private constructor(language: string, folder: string) {
    this.#folder = folder;
    const [program, args, env] = programs[language]?.() ?? ["", [], {}];
    this.#process = spawn(program, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = linesOf(this.#process.stdout);
  }

  static async start(language: string): Promise<Unpacker> {
    return new Unpacker(language, await mkdtemp(join(shared().folder, "unpack-")));
  }

  async unpack(zip: Buffer): Promise<Unpacked> {
    const archive = join(this.#folder, `${++this.#count}.zip`);
    const folder = join(this.#folder, String(this.#count));
    await writeFile(archive, zip);
    this.#process.stdin.write(`${JSON.stringify([archive, folder])}\n`);
    const { value, done } = (await this.#answers.next()) as IteratorResult<string, undefined>;
    if (done) {
      const { exitCode, signalCode } = this.#process;
      throw new Error(`the unpacker ended (${exitCode ?? signalCode ?? "its output alone"}) at ${archive}`);
    }
    const [error, kind, seconds, peakKilobytes] = JSON.parse(value) as [string | null, string | null, number, number];
    return { error, kind, folder, seconds, peakKilobytes };
  }

  async stop(): Promise<void> {
    this.#process.stdin.end();
    await once(this.#process, "close");
  }
}
