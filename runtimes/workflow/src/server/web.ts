import { errors } from "undici";
import type { HttpAnswer, HttpCall } from "../executor/environment.ts";
import { fault } from "../executor/problem.ts";
import { isTooDeep } from "../json/body.ts";
import { idempotencyKey } from "./idempotency.ts";
import { AnswerTooLarge, exchange, newAgent, type TraceHeaders } from "./exchange.ts";
import type { RunObserver } from "./observer.ts";

/** Of what is not ours, nobody knows when it answers: where no timeout says so, a minute of silence is taken for none. */
const agents = { limited: newAgent(0), unlimited: newAgent(60_000) } as const;

/**
 * Calls anything by HTTP.
 *
 * @param largest bytes that an answer may have
 */
export function webCaller(
  trace: TraceHeaders,
  largest: number,
  observed?: RunObserver,
): (call: HttpCall) => Promise<HttpAnswer> {
  return async (call) => {
    const { origin, pathname } = new URL(call.uri);
    const what = `${call.method} ${origin}${pathname}`;
    const own = { "user-agent": "knflow", "idempotency-key": idempotencyKey(trace, call.key) };
    const headers = { ...own, ...call.headers, ...trace };
    try {
      const agent = agents[call.isLimited ? "limited" : "unlimited"];
      const send = (traceparent: string) =>
        exchange(call.uri, { ...call, headers: { ...headers, traceparent } }, agent, largest);
      const { key, method, uri: address, instance } = call;
      const told = { name: method, method, address, attributes: { "knflow.task": instance } };
      const answer = observed ? await observed.follow(key, told, send) : await send(trace.traceparent);
      if (isTooDeep(answer.body)) throw new AnswerTooLarge("answered too deeply nested JSON");
      return answer;
    } catch (error) {
      if (call.signal.aborted) throw fault("timeout", `${what} did not answer in time`, call.instance);
      if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
        const advice = "a `timeout` of the task lets it take longer";
        throw fault("timeout", `${what} did not answer for a minute; ${advice}`, call.instance);
      }
      const { message } = error as Error;
      const reason = error instanceof AnswerTooLarge ? message : `failed: ${message}`;
      throw fault("communication", `${what} ${reason}`, call.instance);
    }
  };
}
