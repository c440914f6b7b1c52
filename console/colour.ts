import { styleText } from "node:util";

/** Whether a stream gets colours: only a terminal does, unless NO_COLOR or FORCE_COLOR says otherwise. */
export function showsColour(stream: NodeJS.WriteStream): boolean {
  return styleText("red", " ", { stream }) !== " ";
}
