import { Agent, request } from "undici";

/** A request that was sent, and what came of it. */
export interface Sent {
  /** Milliseconds since the load began. */
  readonly at: number;
  /** Milliseconds from then to its end. */
  readonly took: number;
  /** The status, or why there was none. */
  readonly outcome: number | string;
  readonly body: string;
}

/** Requests at a steady rate, whatever comes of those before, each on a connection of its own as from another client. */
export class Load {
  readonly sent: Sent[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #agent = new Agent({ pipelining: 0 });
  readonly #timer: NodeJS.Timeout;
  readonly #begun = performance.now();

  /**
   * @param url the gateway's, on loopback
   * @param rate requests a second
   * @param body of every request
   */
  constructor(url: string, host: string, rate: number, body: object) {
    this.#timer = setInterval(() => {
      const one = this.#send(url, host, JSON.stringify(body)).finally(() => this.#open.delete(one));
      this.#open.add(one);
    }, 1000 / rate);
  }

  /** Milliseconds since it began. */
  get now(): number {
    return Math.round(performance.now() - this.#begun);
  }

  /** Requests that got no answer, or another one than 200. */
  get failed(): Sent[] {
    return this.sent.filter(({ outcome }) => outcome !== 200);
  }

  /** Sends no more, and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    await this.#agent.close();
  }

  async #send(url: string, host: string, body: string): Promise<void> {
    const at = this.now;
    const headers = { host, "content-type": "application/json" };
    const ended = (outcome: number | string, text: string) =>
      this.sent.push({ at, took: this.now - at, outcome, body: text });
    try {
      const answer = await request(url, { dispatcher: this.#agent, method: "POST", headers, body });
      ended(answer.statusCode, await answer.body.text());
    } catch (error) {
      ended((error as Error).message, "");
    }
  }
}
