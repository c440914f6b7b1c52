import { isAnyArrayBuffer, isMap, isSet } from "node:util/types";
import { messageOf } from "./faults.ts";

/** A value that has no JSON form; its message says why. */
export class NotJson extends TypeError {}

/**
 * The value as JSON. Members without a JSON form (undefined, functions) are left out, as JavaScript has it; numbers that
 * JSON does not know are refused, where JavaScript would write `null`.
 *
 * @throws NotJson
 */
export function jsonOf(value: unknown): string {
  if (value === undefined) return "null";
  if (isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) throw new NotJson("it is bytes");
  if (isMap(value) || isSet(value)) throw new NotJson("it is a Map or a Set");
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`it is a ${typeof value}`);
    // Only where something may have become `null` is it looked for, since a second pass costs more than the first.
    if (text.includes("null")) JSON.stringify(value, refuseOddNumbers);
    return text;
  } catch (error) {
    throw new NotJson(messageOf(error));
  }
}

function refuseOddNumbers(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${value} is no JSON value`);
  return value;
}
