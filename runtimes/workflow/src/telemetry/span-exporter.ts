import { Agent, request as requestHttp, type RequestOptions } from "node:http";
import { traceRequest, type Attributes, type Span } from "./otlp.ts";

/** Spans that wait at most; what comes while so many do is dropped, and nobody waits for it. */
const mostWaiting = 2048;
const batchSize = 512;
/** Milliseconds between batches that are not full. */
const interval = 2000;
/** Milliseconds that the collector may take to answer. */
const patience = 5000;
/** Answers after which a batch is sent again: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const passing: readonly number[] = [429, 502, 503, 504];

/** Where spans go. */
export interface Collector {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends spans to a collector by OTLP/HTTP, in batches, behind everybody's back. */
export class SpanExporter {
  readonly #collector: Collector;
  readonly #resource: Attributes;
  readonly #warn: (message: string) => void;
  readonly #agent = new Agent({ keepAlive: true, timeout: 30_000 });
  #waiting: Span[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<boolean> | undefined;
  #dropped = 0;
  /** The last batch did not go: said once, and again only after one that did. */
  #failing = false;

  constructor(collector: Collector, resource: Attributes, warn: (message: string) => void) {
    this.#collector = collector;
    this.#resource = resource;
    this.#warn = warn;
  }

  add(span: Span): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length === batchSize) void this.#send();
    this.#timer ??= setTimeout(() => void this.#send(), interval).unref();
  }

  /** Sends what waits, as far as that can be done in so many milliseconds. */
  async flush(milliseconds: number): Promise<void> {
    const late = new Promise<false>((resolve) => setTimeout(resolve, milliseconds, false).unref());
    while (this.#waiting.length > 0 || this.#sending) if (!(await Promise.race([this.#send(), late]))) return;
  }

  /** Sends a batch, and says whether it is gone. One at a time. */
  #send(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendBatch().finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.#send(), interval).unref();
    });
    return this.#sending;
  }

  async #sendBatch(): Promise<boolean> {
    const batch = this.#waiting.splice(0, batchSize);
    if (batch.length === 0) return true;
    try {
      const status = await this.#post(traceRequest(this.#resource, batch));
      this.#failing &&= status >= 300;
      if (status < 300) return true;
      if (passing.includes(status)) this.#wait(batch);
      this.#tell(`it answered ${status}`);
    } catch (error) {
      this.#wait(batch);
      this.#tell((error as Error).message);
    }
    return false;
  }

  /** Puts back what could not be sent. */
  #wait(batch: readonly Span[]): void {
    const all = [...batch, ...this.#waiting];
    this.#dropped += Math.max(all.length - mostWaiting, 0);
    this.#waiting = all.slice(0, mostWaiting);
  }

  #tell(reason: string): void {
    if (this.#failing) return;
    this.#failing = true;
    const dropped = this.#dropped === 0 ? "" : `; ${this.#dropped} spans were dropped before`;
    this.#warn(`spans cannot be sent to ${this.#collector.address}: ${reason}${dropped}`);
  }

  async #post(body: string): Promise<number> {
    const { address, headers } = this.#collector;
    const isPlain = address.startsWith("http:");
    // Only here: TLS is much to load, and a collector inside of the cluster is asked without.
    const send = isPlain ? requestHttp : (await import("node:https")).request;
    const own = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    const options: RequestOptions = {
      method: "POST",
      headers: { ...headers, ...own },
      signal: AbortSignal.timeout(patience),
      ...(isPlain ? { agent: this.#agent } : {}),
    };
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const sent = send(address, options, (response) => {
      response.resume().once("error", reject);
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end(body);
    return promise;
  }
}
