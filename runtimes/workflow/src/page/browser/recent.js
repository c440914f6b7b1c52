import { recentRuns } from "./api.js";
import { create, find, showText } from "./dom.js";
import { duration, startedAt } from "./format.js";
/** @import { RunSummary } from "./types.d.ts" */

/** The list of the last runs. */
export class RecentRuns {
  #list = find("#recent", HTMLElement);
  #note = find("#recent-note", HTMLElement);
  #choose;
  #chosen = "";

  /** @param {(id: string) => void} choose */
  constructor(choose) {
    this.#choose = choose;
  }

  /** Says that there are none, and why. */
  showNone() {
    showText(this.#note, "This stack keeps no runs (knflow:runStore is none): a run is gone with its answer.");
  }

  /** Asks for them once: an open page must not keep a workflow awake that nobody uses. */
  async refresh() {
    try {
      const runs = await recentRuns();
      showText(this.#note, runs.length === 0 ? "None yet." : undefined);
      this.#list.replaceChildren(...runs.map((run) => this.#item(run)));
    } catch (error) {
      showText(this.#note, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} id of the run that is shown */
  mark(id) {
    this.#chosen = id;
    for (const button of this.#list.querySelectorAll("button")) {
      if (button.dataset.run === id) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  /** @param {RunSummary} run */
  #item({ id, state, startedAt: moment, durationMs }) {
    const button = create(
      "button",
      "",
      create("span", "state", state),
      create("time", "", startedAt(moment)),
      create("span", "duration", durationMs === undefined ? "" : duration(durationMs)),
      create("code", "", id.slice(0, 8)),
    );
    button.type = "button";
    button.title = id;
    button.dataset.run = id;
    button.dataset.state = state;
    if (id === this.#chosen) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => this.#choose(id));
    return create("li", "", button);
  }
}
