/**
 * An element of the page, which is there.
 *
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, type, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * A new element with a text or elements in it. What is put in is never read as markup.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} className
 * @param {...(string | Node)} content
 */
export function create(name, className, ...content) {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  element.append(...content);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string | undefined} text hides the element where it is undefined
 */
export function showText(element, text) {
  element.textContent = text ?? "";
  element.hidden = text === undefined;
}
