import { randomBytes } from "node:crypto";

let pool = "";
let used = 0;

/** So many random hexadecimal digits. They are fetched for many at once: asking for them costs more than using them. */
export function randomHex(digits: number): string {
  if (used + digits > pool.length) {
    pool = randomBytes(4096).toString("hex");
    used = 0;
  }
  used += digits;
  return pool.slice(used - digits, used);
}
