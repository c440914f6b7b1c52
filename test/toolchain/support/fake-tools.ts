import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Programs on PATH that write down how they are called. */
export class FakeTools {
  readonly #folder: string;

  /** @param folder one that is empty or not there */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** PATH with these programs first. */
  get path(): string {
    return `${this.#folder}:${process.env.PATH}`;
  }

  /**
   * Puts a program on PATH.
   *
   * @param lines what it does once it has written down its arguments, in bash
   */
  async add(name: string, lines = ""): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const script = `#!/usr/bin/env bash\nset -euo pipefail\necho "${name} $*" >> "${this.#log}"\n${lines}\n`;
    await writeFile(join(this.#folder, name), script, { mode: 0o755 });
  }

  /** The calls since it was asked last, as command lines. */
  async calls(): Promise<string[]> {
    const text = await readFile(this.#log, "utf8").catch(() => "");
    await writeFile(this.#log, "");
    return text.split("\n").filter((line) => line !== "");
  }

  get #log(): string {
    return join(this.#folder, "calls.log");
  }
}
