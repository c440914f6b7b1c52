import { Front } from "../../../local/front.ts";

/** The address in front of processes that tests start themselves. */
export interface TestFront {
  readonly url: string;
  /** Sends requests for a name to an address from now on. */
  route(name: string, address: string): void;
  close(): Promise<void>;
}

export async function startFront(): Promise<TestFront> {
  const targets = new Map<string, string>();
  const front = await Front.start(0, {
    names: () => [...targets.keys()],
    addressOf: (name) => targets.get(name),
    wake: () => Promise.resolve(),
  });
  return {
    url: front.url,
    route: (name, address) => void targets.set(name, address),
    close: () => front.close(),
  };
}
