import type { IncomingMessage } from "node:http";
import type { Context } from "./context.ts";
import { badRequest } from "./errors.ts";
import { eventOfBody } from "./request.ts";

/** The class is made when the first request-style handler is loaded: Node's Request costs 20 ms of a cold start. */
let JsonRequest: ReturnType<typeof makeClass> | undefined;

function makeClass() {
  return class extends Request {
    /** Refuses what `POST /` refuses, by the same error, unless the handler catches it. */
    override json = async (): Promise<unknown> => {
      const body = Buffer.from(await this.arrayBuffer());
      if (body.length === 0) throw badRequest("the body is empty, and so no JSON");
      return eventOfBody(this.headers.get("content-type") ?? undefined, body);
    };
  };
}

/** The request as a Web Request, for handlers that take one instead of an event. */
export function webRequest(message: IncomingMessage, body: Buffer | undefined, context: Context): Request {
  JsonRequest ??= makeClass();
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const base = `http://${message.headers.host ?? ""}`;
  const url = new URL(message.url ?? "/", URL.canParse(base) ? base : "http://localhost");
  const method = message.method ?? "GET";
  const content = body === undefined || body.length === 0 ? {} : { body };
  return new JsonRequest(url, { method, headers, signal: context.signal, ...content });
}

/** Makes what it needs before the first request. */
export function prepareRequests(): void {
  JsonRequest = makeClass();
}
