import { find } from "./dom.js";
import { stepTime } from "./format.js";
/** @import { Step } from "./types.d.ts" */

/** The part of its size that the diagram is made smaller to at most. */
const smallest = 0.72;

/** The diagram of the workflow, which shows how a run stands. */
export class Diagram {
  /** @type {Map<string, SVGGElement>} */
  #tasks = new Map();

  constructor() {
    const frame = find(".diagram-frame", HTMLElement);
    const drawing = find("svg", SVGSVGElement, frame);
    // On a narrow screen it is made smaller, but not beyond what can be read.
    drawing.style.minWidth = `${drawing.width.baseVal.value * smallest}px`;
    // Of a diagram that is too wide, its middle: there the run begins.
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
    for (const task of document.querySelectorAll("svg [data-task]")) {
      if (task instanceof SVGGElement) this.#tasks.set(task.dataset.task ?? "", task);
    }
  }

  /**
   * @param {ReadonlyMap<string, Step>} steps
   * @param {string | undefined} faulty the task at which the run faulted
   */
  show(steps, faulty) {
    for (const [pointer, task] of this.#tasks) {
      const step = steps.get(pointer);
      task.dataset.state = step?.state ?? "idle";
      task.classList.toggle("faulty", pointer === faulty);
      find(".time", SVGTextElement, task).textContent = step ? stepTime(step) : "";
    }
  }
}
