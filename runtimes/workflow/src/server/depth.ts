/** Lists and objects inside each other: far beyond real data, well below what overflows a stack. */
export const deepest = 256;

/** Whether JSON is nested too deeply; what is no JSON may be anything. */
export function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === 0x22) inText = !inText;
    else if (inText) at += byte === 0x5c ? 1 : 0;
    else if (byte === 0x5b || byte === 0x7b) depth++;
    else if (byte === 0x5d || byte === 0x7d) depth--;
    if (depth > deepest) return true;
  }
  return false;
}
