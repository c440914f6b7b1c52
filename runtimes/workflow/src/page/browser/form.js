import { find, showText } from "./dom.js";
/** @import { WorkflowData } from "./types.d.ts" */

/** The form by which the workflow is run. */
export class InputForm {
  #text = find("#input", HTMLTextAreaElement);
  #error = find("#input-error", HTMLElement);
  #button = find("#start", HTMLButtonElement);

  /**
   * @param {WorkflowData["examples"]} examples
   * @param {(input: string) => Promise<void>} run
   */
  constructor(examples, run) {
    const form = find("#form", HTMLFormElement);
    const submit = () => {
      const input = this.#text.value.trim() || "{}";
      if (this.#check(input)) void this.#during(run(input));
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
    });
    // Told when it is sent, taken back as soon as it is right.
    this.#text.addEventListener("input", () => {
      this.#markExample(undefined);
      if (!this.#error.hidden) this.#check(this.#text.value);
    });
    this.#offer(examples);
    const query = [...new URLSearchParams(location.search)];
    if (query.length > 0) this.fill(JSON.stringify(Object.fromEntries(query), null, 2));
  }

  /** @param {string} input */
  fill(input) {
    this.#text.value = input;
    this.#markExample(undefined);
    showText(this.#error, undefined);
    this.#text.removeAttribute("aria-invalid");
  }

  /** @param {Promise<void>} work */
  async #during(work) {
    this.#button.disabled = true;
    await work.finally(() => (this.#button.disabled = false));
  }

  /** @param {WorkflowData["examples"]} examples */
  #offer(examples) {
    const group = find(".examples", HTMLElement);
    group.hidden = examples.length === 0;
    for (const { name, text } of examples) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => {
        this.fill(readable(text));
        this.#markExample(button);
      });
      group.append(button);
    }
    group.querySelector("button")?.click();
  }

  /** @param {Element | undefined} chosen */
  #markExample(chosen) {
    for (const button of document.querySelectorAll(".examples button")) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
  }

  /**
   * @param {string} input
   * @returns {boolean} whether it is JSON
   */
  #check(input) {
    const problem = jsonProblem(input);
    showText(this.#error, problem);
    if (problem === undefined) this.#text.removeAttribute("aria-invalid");
    else {
      this.#text.setAttribute("aria-invalid", "true");
      this.#text.focus();
    }
    return problem === undefined;
  }
}

/**
 * @param {string} text
 * @returns {string | undefined} what is wrong with it; undefined where it is JSON
 */
function jsonProblem(text) {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `This is not JSON: ${message}`;
  }
}

/** @param {string} text */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
