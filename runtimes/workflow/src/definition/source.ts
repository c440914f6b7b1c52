import { LineCounter, isCollection, isMap, isSeq, parseDocument, visit, type Document } from "yaml";
import { deepest, tooDeepAt } from "./depth.ts";
import type { Problem } from "./types.ts";

/** Where something stands in a definition: keys and indices from its root. */
export type Path = readonly (string | number)[];

/** A parsed definition that knows the place of each of its parts. */
export class DefinitionSource {
  readonly problems: Problem[] = [];
  /** What the YAML says; undefined where it is wrong as such. */
  readonly value: unknown;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #noted = new Set<string>();

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true, logLevel: "error" });
    this.#checkYaml();
    if (this.problems.length > 0) return;
    this.value = this.#toValue();
    const path = tooDeepAt(this.value);
    if (path) this.refuse(path, tooDeep);
  }

  /** Notes a problem at a path, or at the nearest thing above it that is there. The same is noted once. */
  refuse(path: Path, message: string): void {
    this.#add(this.#offset(path), message);
  }

  /** What is wrong before anything is read: the syntax, and what would not come out of it as it was meant. */
  #checkYaml(): void {
    for (const { pos, message, code } of [...this.#document.errors, ...this.#document.warnings]) {
      const isOverflow = /call stack|Stack overflow/.test(message);
      this.#add(isOverflow ? 0 : pos[0], isOverflow ? tooDeep : (message.split("\n")[0]?.replace(/:$/, "") ?? code));
    }
    if (this.problems.length > 0) return;
    visit(this.#document, {
      Alias: (_key, alias) => {
        if (!alias.resolve(this.#document))
          this.#add(startOf(alias) ?? 0, `there is no anchor &${alias.source} before`);
      },
      Pair: (_key, { key }) => {
        if (isCollection(key)) this.#add(startOf(key) ?? 0, "a key must be a text, not a list or a mapping");
      },
    });
  }

  #toValue(): unknown {
    try {
      return this.#document.toJS() as unknown;
    } catch (error) {
      // Aliases of aliases, that come to more than a definition can be.
      this.#add(0, (error as Error).message);
      return undefined;
    }
  }

  #add(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    const problem = { file: this.#file, line, column: col, message };
    const identity = `${line}:${col}:${message}`;
    if (this.#noted.has(identity)) return;
    this.#noted.add(identity);
    this.problems.push(problem);
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

const tooDeep = `is nested too deeply: at most ${deepest} lists and mappings may stand inside each other`;

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
}
