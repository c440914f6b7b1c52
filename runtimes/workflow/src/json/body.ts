/** Lists and objects inside each other: far beyond real data, well below what overflows a parser's stack. */
export const deepest = 256;
/** Digits without an exponent that a number beyond a double's has at least. */
const manyDigits = 200;

/** Whether JSON has more than `deepest` lists and objects inside each other; what is no JSON may be anything. */
export function isTooDeep(body: Buffer): boolean {
  if (body.length <= deepest) return false;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    switch (body[at]) {
      case 0x22: // a text: what is in it does not count
        at = endOfText(body, at);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return false;
}

/** Where the text that starts at `start` ends. */
function endOfText(body: Buffer, start: number): number {
  for (let at = start; ;) {
    at = body.indexOf(0x22, at + 1);
    if (at < 0) return body.length;
    let slashes = 0;
    while (body[at - 1 - slashes] === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

/**
 * The value of JSON, without numbers beyond a double's, which JSON.parse alone makes Infinity.
 *
 * @param text the body decoded
 * @throws SyntaxError or RangeError
 */
export function parseBody(body: Buffer, text: string): unknown {
  // A second pass over all values, so only where it may find something.
  if (mayHoldLarge(body, text)) JSON.parse(text, refuseInfinity);
  return JSON.parse(text);
}

/** Whether a number in a body may be beyond a double's. A pattern for that would try each digit anew. */
function mayHoldLarge(body: Buffer, text: string): boolean {
  let digits = 0;
  for (const byte of body) {
    digits = byte >= 0x30 && byte <= 0x39 ? digits + 1 : 0;
    if (digits === manyDigits) return true;
  }
  return /[eE]\+?\d\d/.test(text);
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new RangeError("a number is too large");
  return value;
}
