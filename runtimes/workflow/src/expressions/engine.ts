import { createRequire } from "node:module";

/** jq itself, compiled to WebAssembly; it runs one program a call, and forgets everything in between. */
interface Jq {
  raw(json: string, filter: string, flags: readonly string[]): string;
}

/** Bytes that jq may take in one thread; two of them then leave the executor enough of its container's memory. */
const mostMemory = 192 * 1024 * 1024;
const page = 65_536;

/** What is changed of the memory that WebAssembly has. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow: (pages: number) => number;
}

// By itself it goes on to 2 GiB, where the container is ended with all that runs in it. Refused here, it ends by itself.
const memory = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }).WebAssembly.Memory
  .prototype;
memory.grow = new Proxy(memory.grow, {
  apply(grow, self: Memory, [pages]: [number]) {
    if (self.buffer.byteLength + pages * page > mostMemory) throw new RangeError("no more memory");
    return grow.call(self, pages);
  },
});

const engine = await aside(() => createRequire(import.meta.url)("jq-web") as Promise<Jq>);

/** A jq expression that failed: what jq says about it. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Whether jq broke down, so that what it holds of the memory is better given back. */
  readonly spent: boolean;

  constructor(message: string, spent = false) {
    super(message);
    this.spent = spent;
  }
}

/**
 * Runs a jq program in this thread, which is blocked meanwhile.
 *
 * @param data JSON
 * @returns the values, a line of JSON each
 * @throws ExpressionError
 */
export function runJq(program: string, data: string): string {
  try {
    return aside(() => engine.raw(data, program, ["-c"]));
  } catch (error) {
    throw failure((error as Error).message);
  }
}

/** Keeps jq to itself: it writes remarks (`debug`, running out of memory) to the console, and sets the exit code. */
function aside<T>(work: () => T): T {
  const { error, warn } = console;
  const { exitCode } = process;
  console.error = console.warn = () => undefined;
  try {
    return work();
  } finally {
    Object.assign(console, { error, warn });
    process.exitCode = exitCode;
  }
}

/** What jq says, without where it says that it says it. Out of memory, it ends without a word of its own. */
function failure(output: string): ExpressionError {
  const line = output.split("\n").find((line) => /^(jq: )?jq: error/.test(line));
  if (line === undefined) return new ExpressionError(`jq gave up: ${output.split("\n")[0]}`, true);
  return new ExpressionError(
    line
      .replace(/^(jq: )?jq: error( \(at [^)]*\))?( \(not a string\))?: /, "")
      .replace(/ at <top-level>.*$/, "")
      .replace(" (Unix shell quoting issues?)", ""),
  );
}
