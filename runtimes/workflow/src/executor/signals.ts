import { setMaxListeners } from "node:events";

/** Why tasks under way are stopped, where it is not that their time is over. Its message is the reason. */
export class Stop extends Error {
  override readonly name: string = "Stop";
}

/** A signal that is aborted with another one, or before it. */
export function childSignal(parent: AbortSignal): { readonly signal: AbortSignal; abort(reason?: Stop): void } {
  const own = new AbortController();
  const signal = AbortSignal.any([parent, own.signal]);
  setMaxListeners(0, signal); // as many calls as are under way at a time
  return { signal, abort: (reason) => own.abort(reason) };
}
