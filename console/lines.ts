import type { Readable } from "node:stream";

/**
 * The lines of a stream of text. A line ends with a line feed, before which a carriage return may stand, and with nothing else: JSON may
 * have the line separators of Unicode in its texts, at which Node's `readline` would cut it in two.
 */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  try {
    for await (const text of stream.setEncoding("utf8") as AsyncIterable<string>) yield* splitter.add(text);
  } catch (error) {
    // Who writes was ended: its own end tells why.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
  yield* splitter.end();
}

/** Calls with each line as soon as it is there; lines are those of {@link linesOf}. */
export function onLine(stream: Readable, take: (line: string) => void): void {
  const splitter = new LineSplitter();
  stream.setEncoding("utf8").on("data", (text: string) => splitter.add(text).forEach(take));
  stream.on("end", () => splitter.end().forEach(take));
}

class LineSplitter {
  #rest = "";

  add(text: string): string[] {
    // Of a long line only what is new is looked through.
    const [first = "", ...more] = text.split("\n");
    this.#rest += first;
    if (more.length === 0) return [];
    const lines = [this.#rest, ...more.slice(0, -1)];
    this.#rest = more.at(-1) ?? "";
    return lines.map((line) => line.replace(/\r$/, ""));
  }

  end(): string[] {
    return this.#rest === "" ? [] : [this.#rest];
  }
}
