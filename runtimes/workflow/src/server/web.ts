import type { HttpAnswer, HttpCall } from "../executor/environment.ts";
import { fault } from "../executor/problem.ts";
import { isTooDeep } from "./depth.ts";
import { idempotencyKey } from "./idempotency.ts";
import { AnswerTooLarge, exchange, newAgent, type TraceHeaders } from "./exchange.ts";

/** Of what is not ours, nobody knows when it answers: a minute of silence is taken for none. */
const agent = newAgent(60_000);

/**
 * Calls anything by HTTP.
 *
 * @param largest bytes that an answer may have
 */
export function webCaller(trace: TraceHeaders, largest: number): (call: HttpCall) => Promise<HttpAnswer> {
  return async (call) => {
    const { origin, pathname } = new URL(call.uri);
    const what = `${call.method} ${origin}${pathname}`;
    const own = { "user-agent": "knflow", "idempotency-key": idempotencyKey(trace, call.key) };
    const headers = { ...own, ...call.headers, ...trace };
    try {
      const answer = await exchange(call.uri, { ...call, headers }, agent, largest);
      if (isTooDeep(answer.body)) throw new AnswerTooLarge("answered too deeply nested JSON");
      return answer;
    } catch (error) {
      if (call.signal.aborted) throw fault("timeout", `${what} did not answer in time`, call.instance);
      const { message } = error as Error;
      const reason = error instanceof AnswerTooLarge ? message : `failed: ${message}`;
      throw fault("communication", `${what} ${reason}`, call.instance);
    }
  };
}
