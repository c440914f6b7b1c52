import { createHmac, timingSafeEqual } from "node:crypto";

/** The header in which the run keeper sends its token. */
export const keeperTokenHeader = "x-knflow-keeper-token";

/**
 * What the run keeper proves itself with to executors, which the gateway lets everybody reach. Both have the run store's address
 * from its Secret, and who has its password could change runs anyway: so the token is made from that.
 */
export class KeeperToken {
  readonly value: string;

  /** @param storeUrl the run store's address, password included */
  constructor(storeUrl: string) {
    this.value = createHmac("sha256", storeUrl).update("knflow run keeper").digest("hex");
  }

  /** Whether it is this token; how long that takes tells nothing. */
  admits(given: string): boolean {
    const [expected, got] = [Buffer.from(this.value), Buffer.from(given)];
    return got.length === expected.length && timingSafeEqual(got, expected);
  }
}
