import { createHash } from "node:crypto";
import { traceparent, type ConformanceCase } from "./conformance.ts";
import { traces } from "./traces.ts";

/** The trace that the run makes. */
const ownTrace = createHash("sha256").update("run-2").digest("hex").slice(0, 32);

/** Calls from code, of what `support/callees.ts` serves. */
export const callConformance: readonly ConformanceCase[] = ["call", "call_async"].flatMap(
  (handler): ConformanceCase[] => {
    const sent = { "x-knflow-run-id": "run-2", traceparent };
    const made = (name: string, json: object, expect: ConformanceCase["expect"]): ConformanceCase => ({
      name: `${handler}: ${name}`,
      handler,
      request: { json, headers: sent },
      expect,
    });
    const fails = (name: string, json: object, caught: object, status: number, message: RegExp): ConformanceCase[] => [
      made(
        `${name}, caught`,
        { ...json, catch: true },
        {
          status: 200,
          match: { exception: "", runId: "run-2", same: true, message, ...caught },
        },
      ),
      made(`${name}, not caught`, json, { status, error: { type: "CallError", message } }),
    ];
    return [
      ...[{ text: "grüße 😀" }, [1, null], "", 0, false, null].map((payload) =>
        made(`gives ${JSON.stringify(payload)}`, { function: "echo", payload }, { status: 200, json: payload }),
      ),
      made("sends nothing without a payload", { function: "echo" }, { status: 200, json: "nothing" }),
      made("runs a workflow", { workflow: "report", payload: 1 }, { status: 200, json: { report: 1 } }),
      made(
        "hands run and trace on",
        { function: "headers", payload: 1 },
        {
          status: 200,
          json: { runId: "run-2", trace: traceparent.slice(0, 36), flags: "01", newSpan: true, depth: "1" },
        },
      ),
      ...fails(
        "the callee raises",
        { function: "fails", payload: {} },
        { function: "fails", status: 500, type: "HandlerError", exception: "OutOfStock", runId: "callee-run" },
        502,
        /^fails: OutOfStock: no flour left$/,
      ),
      ...fails(
        "the callee is not there",
        { function: "unknown" },
        { function: "unknown", status: 404, type: "NotFound" },
        502,
        /^unknown: NotFound: there is nothing at \/functions\/unknown$/,
      ),
      ...fails(
        "the callee replies an error of its own",
        { function: "own" },
        { function: "own", status: 404, type: "Unreachable", runId: "callee-run" },
        502,
        /^own answered 404: \{"error":\{"code":5\}\}$/,
      ),
      ...fails(
        "what is between answers",
        { function: "plain" },
        { function: "plain", status: 503, type: "Unreachable" },
        502,
        /^plain answered 503: no healthy upstream$/,
      ),
      ...fails(
        "the connection is cut",
        { function: "cut" },
        { function: "cut", status: 502, type: "Unreachable" },
        502,
        /^cut cannot be reached: ./,
      ),
      ...fails(
        "the answer is cut",
        { function: "half" },
        { function: "half", status: 502, type: "Unreachable" },
        502,
        /^half cannot be reached: ./,
      ),
      ...fails(
        "the callee takes too long",
        { function: "never", timeout: 0.2 },
        { function: "never", status: 504, type: "Timeout" },
        504,
        /^never did not answer within 0\.2 s$/,
      ),
      ...["text", "empty", "deep"].flatMap((name) =>
        fails(
          `the callee's answer is no JSON: ${name}`,
          { function: name },
          { function: name, status: 502, type: "InvalidAnswer" },
          502,
          new RegExp(`^${name} answered something that is no JSON: the body is `),
        ),
      ),
      ...fails(
        "the callee's answer is too large",
        { function: "large" },
        { function: "large", status: 502, type: "InvalidAnswer" },
        502,
        /^large answered more than 16777216 bytes$/,
      ),
      ...fails(
        "the workflow faults",
        { workflow: "faults" },
        { function: "faults", status: 408, type: "https://serverlessworkflow.io/spec/1.0.0/errors/timeout" },
        502,
        /^faults: step did not answer in time$/,
      ),
      ...["Count", "a/b", "a.b", "-a", "a-", "", "..", "a".repeat(58), "é", "{name}"].flatMap((name) =>
        fails(
          `the name is none: ${JSON.stringify(name)}`,
          { function: name },
          { function: name, status: 400, type: "InvalidName" },
          502,
          /is no name of a function or workflow: lower-case letters/,
        ),
      ),
      {
        name: `${handler}: 32 calls inside of each other are the end`,
        handler,
        request: { json: { function: "headers" }, headers: { ...sent, "x-knflow-depth": "32" } },
        expect: { status: 502, error: { type: "CallError", message: /^headers is not called: there are 32 calls/ } },
      },
      {
        name: `${handler}: the 32nd is made`,
        handler,
        request: { json: { function: "headers" }, headers: { ...sent, "x-knflow-depth": "31" } },
        expect: { status: 200, match: { depth: "32" } },
      },
      ...traces.map(([name, given, goesOn]): ConformanceCase => ({
        name: `${handler}: ${name}`,
        handler,
        request: {
          json: { function: "headers" },
          headers: { "x-knflow-run-id": "run-2", traceparent: given, tracestate: "a=1,b@c=2;3" },
        },
        expect: {
          status: 200,
          json: {
            runId: "run-2",
            trace: goesOn ? traceparent.slice(0, 36) : `00-${ownTrace}-`,
            flags: goesOn ? "01" : "00",
            newSpan: true,
            depth: "1",
            ...(goesOn ? { state: "a=1,b@c=2;3" } : {}),
          },
        },
      })),
      {
        name: `${handler}: a trace's state is dropped where no trace came`,
        handler,
        request: { json: { function: "headers" }, headers: { "x-knflow-run-id": "run-2", tracestate: "a=1" } },
        expect: {
          status: 200,
          json: { runId: "run-2", trace: `00-${ownTrace}-`, flags: "00", newSpan: true, depth: "1" },
        },
      },
      {
        name: `${handler}: a trace is made where none came`,
        handler,
        request: { json: { function: "headers" }, headers: { "x-knflow-run-id": "run-2" } },
        expect: { status: 200, match: { trace: /^00-[0-9a-f]{32}-$/, flags: "00" } },
      },
      {
        name: `${handler}_many: calls at the same time`,
        handler: handler.replace("call", "call_many"),
        request: { json: { function: "together", times: 16 } },
        expect: { status: 200, json: Array.from({ length: 16 }, (_, turn) => turn) },
      },
    ];
  },
);
