import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseTraces, type Attribute, type OtlpSpan, type TraceRequest } from "./otlp.ts";
import { waitFor } from "./wait.ts";

type Value = string | number | boolean;

/** A span as a collector gets it. */
export interface ReceivedSpan {
  /** Of its resource. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client";
  readonly attributes: Readonly<Record<string, Value>>;
  readonly error: string | undefined;
  /** Milliseconds. */
  readonly begun: number;
  readonly ended: number;
}

/** A collector that takes traces by OTLP/HTTP. */
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  /** The headers of every batch. */
  readonly headers: NodeJS.Dict<string | string[]>[] = [];
  readonly #server: Server;

  /** @param answer the status of each answer; undefined: none comes */
  private constructor(answer: () => number | undefined) {
    this.#server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const status = request.url === "/v1/traces" ? answer() : 404;
        if (status === undefined) return;
        this.headers.push(request.headers);
        if (status === 200)
          this.spans.push(...spansIn(parseTraces(Buffer.concat(chunks), request.headers["content-type"])));
        const type = request.headers["content-type"] ?? "";
        response.writeHead(status, { "content-type": type }).end(type === "application/json" ? "{}" : "");
      })();
    });
  }

  static async start(answer: () => number | undefined = () => 200, address = "127.0.0.1"): Promise<Collector> {
    const made = new Collector(answer);
    made.#server.listen(0, address);
    await once(made.#server, "listening");
    return made;
  }

  /** Its address, without `/v1/traces`. */
  get endpoint(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** What a process's environment says of it. */
  get env(): Record<string, string> {
    return { KNFLOW_TRACING_ENDPOINT: this.endpoint };
  }

  /** Waits for a span. */
  received(what: string, matches: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    return waitFor(`the span: ${what}`, () => this.spans.find(matches));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function spansIn({ resourceSpans }: TraceRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)["service.name"]);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => received(service, span)));
  });
}

function received(service: string, span: OtlpSpan): ReceivedSpan {
  const { traceId, spanId, parentSpanId = "", name, status } = span;
  const kind = ({ 1: "internal", 2: "server", 3: "client" } as const)[span.kind];
  if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId) || kind === undefined) {
    throw new Error(`no span: ${JSON.stringify(span)}`);
  }
  return {
    ...{ service, traceId, spanId, parentSpanId, name, kind },
    attributes: valuesOf(span.attributes),
    error: status.code === 2 ? (status.message ?? "") : undefined,
    begun: Number(span.startTimeUnixNano) / 1e6,
    ended: Number(span.endTimeUnixNano) / 1e6,
  };
}

function valuesOf(attributes: readonly Attribute[]): Record<string, Value> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const { stringValue, boolValue, doubleValue, intValue } = value;
      return [key, stringValue ?? boolValue ?? doubleValue ?? Number(intValue)];
    }),
  );
}
