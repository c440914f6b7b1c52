/** What has to be done by a time, on the clock of `performance.now()`. */
export interface Limited {
  readonly deadline: number;
  expire(): void;
}

/**
 * Holds the deadlines of all open calls by one timer: a timer for each would be a tenth of what a call costs. All calls have the
 * same timeout, so the oldest is the next that is due.
 */
export class Deadlines {
  readonly #open = new Set<Limited>();
  #timer: NodeJS.Timeout | undefined;

  add(limited: Limited): void {
    this.#open.add(limited);
    this.#timer ??= this.#start(limited.deadline);
  }

  delete(limited: Limited): void {
    this.#open.delete(limited);
  }

  #start(deadline: number): NodeJS.Timeout {
    return setTimeout(() => this.#check(), Math.max(deadline - performance.now(), 0)).unref();
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const limited of this.#open) {
      if (limited.deadline > now) {
        this.#timer = this.#start(limited.deadline);
        return;
      }
      this.#open.delete(limited);
      limited.expire();
    }
  }
}
