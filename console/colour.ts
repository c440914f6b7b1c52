import { styleText } from "node:util";

/** Whether a stream gets colours: only a terminal does, unless NO_COLOR or FORCE_COLOR says otherwise. */
export function showsColour(stream: NodeJS.WriteStream): boolean {
  return styleText("red", " ", { stream }) !== " ";
}

/** A text with a style, for standard output: plain where that gets no colours. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
