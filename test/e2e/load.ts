import { Agent, request } from "undici";

/** A request that was sent, and what came of it. */
export interface Sent {
  /** Milliseconds since the load began. */
  readonly at: number;
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

  /**
   * @param url the gateway's, on loopback
   * @param rate requests a second
   * @param body of every request
   */
  constructor(url: string, host: string, rate: number, body: object) {
    const begun = performance.now();
    this.#timer = setInterval(() => {
      const at = Math.round(performance.now() - begun);
      const one = this.#send(url, host, at, JSON.stringify(body)).finally(() => this.#open.delete(one));
      this.#open.add(one);
    }, 1000 / rate);
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

  async #send(url: string, host: string, at: number, body: string): Promise<void> {
    const headers = { host, "content-type": "application/json" };
    try {
      const answer = await request(url, { dispatcher: this.#agent, method: "POST", headers, body });
      this.sent.push({ at, outcome: answer.statusCode, body: await answer.body.text() });
    } catch (error) {
      this.sent.push({ at, outcome: (error as Error).message, body: "" });
    }
  }
}
