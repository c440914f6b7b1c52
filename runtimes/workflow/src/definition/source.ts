import { LineCounter, isMap, isSeq, parseDocument, type Document } from "yaml";
import type { Problem } from "./types.ts";

/** Where something stands in a definition: keys and indices from its root. */
export type Path = readonly (string | number)[];

/** A parsed definition that knows the place of each of its parts. */
export class DefinitionSource {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true });
    for (const error of this.#document.errors) {
      this.#add(error.pos[0], error.message.split("\n")[0] ?? error.code);
    }
  }

  get value(): unknown {
    return this.#document.toJS() as unknown;
  }

  /** Notes a problem at a path, or at the nearest thing above it that is there. */
  refuse(path: Path, message: string): void {
    this.#add(this.#offset(path), message);
  }

  #add(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.problems.push({ file: this.#file, line, column: col, message });
  }

  #offset(path: Path): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => String(item.key) === String(part));
        if (!pair) break;
        offset = startOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof part === "number") {
        node = node.items[part];
        offset = startOf(node) ?? offset;
      } else break;
    }
    return offset;
  }
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
}
