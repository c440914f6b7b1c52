import { cancelRun, runAndWait, showRun, startRun } from "./api.js";
import { Diagram } from "./diagram.js";
import { find } from "./dom.js";
import { InputForm } from "./form.js";
import { RecentRuns } from "./recent.js";
import { RunView } from "./run-view.js";
/** @import { WorkflowData } from "./types.d.ts" */

/** Milliseconds between two looks at a run: at first, and at most. */
const [firstPause, longestPause] = [150, 2000];

const workflow = /** @type {WorkflowData} */ (JSON.parse(find("#workflow", HTMLElement).textContent ?? ""));
const view = new RunView(workflow, new Diagram());
const recent = new RecentRuns((id) => void watch(id));
const cancel = find("#cancel", HTMLButtonElement);

/** The run that is shown. */
let shown = "";

new InputForm(workflow.examples, workflow.isStored ? start : wait);

if (workflow.isStored) {
  cancel.addEventListener("click", () => void giveUp(shown));
  addEventListener("hashchange", () => void watch(location.hash.slice(1)));
  void recent.refresh();
  if (location.hash !== "") void watch(location.hash.slice(1));
} else recent.showNone();

/** @param {string} input */
async function start(input) {
  try {
    const id = await startRun(input);
    void watch(id);
    await recent.refresh();
  } catch (error) {
    view.showRefusal(messageOf(error));
  }
}

/**
 * Runs without a store.
 *
 * @param {string} input
 */
async function wait(input) {
  const begun = performance.now();
  view.showWaiting();
  try {
    view.showAnswer(await runAndWait(input), performance.now() - begun);
  } catch (error) {
    view.showRefusal(messageOf(error));
  }
}

/**
 * Shows a run until it ends, or another one is to be shown.
 *
 * @param {string} id
 */
async function watch(id) {
  if (id === "" || id === shown) return;
  shown = id;
  history.replaceState(null, "", `#${id}`);
  recent.mark(id);
  let wasRunning = false;
  for (let pause = firstPause; shown === id; pause = Math.min(pause * 1.3, longestPause)) {
    try {
      const run = await showRun(id);
      if (shown !== id) return;
      view.show(run);
      cancel.hidden = run.state !== "running";
      if (run.state !== "running") {
        if (wasRunning) await recent.refresh();
        return;
      }
      wasRunning = true;
    } catch (error) {
      view.showRefusal(messageOf(error));
      // A run that was there is asked for again: what is in between may be away for a while.
      if (!wasRunning) {
        cancel.hidden = true;
        shown = "";
        return;
      }
    }
    await visible();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** @param {string} id */
async function giveUp(id) {
  cancel.disabled = true;
  try {
    await cancelRun(id);
  } catch (error) {
    view.showRefusal(messageOf(error));
  } finally {
    cancel.disabled = false;
  }
}

/** Waits until somebody can see the page: nothing is asked for behind others. */
async function visible() {
  while (document.hidden) await new Promise((resolve) => addEventListener("visibilitychange", resolve, { once: true }));
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
