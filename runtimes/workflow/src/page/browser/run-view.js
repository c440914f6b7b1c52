import { create, find, showText } from "./dom.js";
import { duration, startedAt, stepTime } from "./format.js";
import { faultyTask, stepsOf } from "./steps.js";
/** @import { Diagram } from "./diagram.js" */
/** @import { Problem, Run, RunState, Step, WorkflowData } from "./types.d.ts" */

/** Shows one run: how it stands, its steps, what came of it. */
export class RunView {
  #title = find("#run-title", HTMLElement);
  #status = find("#run-status", HTMLElement);
  #problem = find("#problem", HTMLElement);
  #steps = find("#steps", HTMLElement);
  #input = find("#run-input", HTMLElement);
  #output = find("#output", HTMLElement);
  #workflow;
  #diagram;
  #pointers;

  /**
   * @param {WorkflowData} workflow
   * @param {Diagram} diagram
   */
  constructor(workflow, diagram) {
    this.#workflow = workflow;
    this.#diagram = diagram;
    this.#pointers = workflow.tasks.map(({ pointer }) => pointer);
  }

  /** @param {Run} run */
  show(run) {
    const steps = stepsOf(this.#pointers, run.tasks, run.state);
    const time = run.durationMs === undefined ? "" : ` in ${duration(run.durationMs)}`;
    const other = run.archive === this.#workflow.object ? "" : ", by another version of the definition than is shown";
    this.#title.textContent = `Run ${run.id.slice(0, 8)}`;
    this.#title.title = run.id;
    this.#showStatus(run.state, `${run.state}${time}, started ${startedAt(run.startedAt)}${other}`);
    const faulty = run.state === "faulted" ? faultyTask(this.#pointers, run.problem) : undefined;
    this.#diagram.show(steps, faulty);
    this.#showSteps(steps, faulty);
    this.#showResult(run);
    showJson(this.#input, run.input);
  }

  /** A run that is not written down, while it runs. */
  showWaiting() {
    this.#title.textContent = "Run";
    this.#showStatus("running", "running; its steps are not told, since this stack keeps no runs");
    this.#diagram.show(new Map(), undefined);
    this.#showResult({});
  }

  /**
   * Its end.
   *
   * @param {{ output?: unknown, problem?: Problem }} result
   * @param {number} milliseconds
   */
  showAnswer(result, milliseconds) {
    const state = result.problem ? "faulted" : "completed";
    this.#showStatus(state, `${state} in ${duration(milliseconds)}`);
    this.#diagram.show(new Map(), faultyTask(this.#pointers, result.problem));
    this.#showResult(result);
  }

  /** @param {string} message of what could not be had */
  showRefusal(message) {
    this.#showStatus("faulted", message);
  }

  /**
   * @param {RunState} state
   * @param {string} text
   */
  #showStatus(state, text) {
    this.#status.dataset.state = state;
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  /** @param {{ output?: unknown, problem?: Problem }} result */
  #showResult({ output, problem }) {
    showJson(this.#output, output);
    this.#problem.hidden = problem === undefined;
    if (problem === undefined) return;
    const rows = ["detail", "instance", "status", "type"].flatMap((key) => {
      const value = problem[/** @type {keyof Problem} */ (key)];
      return value === undefined ? [] : [create("dt", "", key), create("dd", "", String(value))];
    });
    this.#problem.replaceChildren(create("strong", "", problem.title ?? problem.type), create("dl", "", ...rows));
  }

  /**
   * @param {ReadonlyMap<string, Step>} steps
   * @param {string | undefined} faulty
   */
  #showSteps(steps, faulty) {
    const names = new Map(this.#workflow.tasks.map(({ pointer, name }) => [pointer, name]));
    const rows = [...steps].map(([pointer, step]) => {
      const name = create("th", "", names.get(pointer) ?? pointer, create("code", "", pointer));
      name.scope = "row";
      const attempt = step.attempt > 1 ? `, attempt ${step.attempt}` : "";
      const state = create("td", "", create("span", "state", step.state), attempt);
      if (step.error !== undefined) state.append(create("p", "error", step.error));
      const row = create("tr", pointer === faulty ? "faulty" : "", name, state, create("td", "", stepTime(step)));
      row.dataset.state = step.state;
      return row;
    });
    find("tbody", HTMLElement, this.#steps).replaceChildren(...rows);
    this.#steps.hidden = false;
  }
}

/**
 * @param {HTMLElement} element
 * @param {unknown} value hides the element where it is undefined
 */
function showJson(element, value) {
  element.hidden = value === undefined;
  const text = value === undefined ? "" : JSON.stringify(value, null, 2);
  const place = find("pre", HTMLElement, element);
  // Written only where it changed, so that a selection in it stays.
  if (place.textContent !== text) showText(place, text);
}
