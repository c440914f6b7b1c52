import { packZip } from "../../../archive/zip.ts";

/** The archive of a function whose files are given by their text. */
export function archiveOf(files: Record<string, string>): Promise<Buffer> {
  return packZip(Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text) })));
}

/** A function that answers its event, in every language. */
export const echo = {
  "main.py": "def handler(event):\n    return event\n",
  "main.mjs": "export const handler = (event) => event;\n",
};
