import { randomHex } from "../../workflow/src/telemetry/random.ts";

/** What the runtime itself reads of a request's headers. */
export interface Head {
  contentType: string | undefined;
  contentLength: number;
  runId: string | undefined;
  traceparent: string;
  tracestate: string;
  /** How many calls from functions' code the request is inside of. */
  depth: number;
  expects: boolean;
}

/** Reads them in one pass: Node's own `headers` makes an object of all, which takes longer than the rest of a call. */
export function headOf(rawHeaders: readonly string[]): Head {
  const head: Head = {
    contentType: undefined,
    contentLength: 0,
    runId: undefined,
    traceparent: "",
    tracestate: "",
    depth: 0,
    expects: false,
  };
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    // Most names differ from all of these in length.
    if (name.length < 6 || name.length > 15) continue;
    const value = rawHeaders[at + 1] ?? "";
    switch (name.toLowerCase()) {
      case "content-type":
        head.contentType ??= value;
        break;
      case "content-length":
        head.contentLength = Number(value);
        break;
      case "x-knflow-run-id":
        head.runId = head.runId === undefined ? value : "";
        break;
      case "traceparent":
        head.traceparent ||= value;
        break;
      case "tracestate":
        head.tracestate += head.tracestate === "" ? value : `,${value}`;
        break;
      case "x-knflow-depth":
        head.depth = /^\d{1,3}$/.test(value) ? Number(value) : 0;
        break;
      case "expect":
        head.expects = true;
        break;
    }
  }
  return head;
}

/** The caller's run id where it sent a sound one, otherwise a new one. */
export function runIdOf(sent: string | undefined): string {
  return sent !== undefined && /^[A-Za-z0-9._:-]{1,128}$/.test(sent) ? sent : randomHex(32);
}
