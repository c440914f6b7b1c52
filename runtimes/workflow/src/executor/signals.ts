import { setMaxListeners } from "node:events";

/** A signal that is aborted with another one, or before it. */
export function childSignal(parent: AbortSignal): { readonly signal: AbortSignal; abort(): void } {
  const own = new AbortController();
  const signal = AbortSignal.any([parent, own.signal]);
  setMaxListeners(0, signal); // as many calls as are under way at a time
  return { signal, abort: () => own.abort() };
}
