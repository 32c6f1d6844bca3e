/** Elements of the page, by id, and the few things that are done to them everywhere. */

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 * @throws {Error} where the template has no such element
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * A copy of what a template holds.
 *
 * @param {string} id the template's
 * @returns {HTMLElement}
 */
export function copyOf(id) {
  const { content } = /** @type {HTMLTemplateElement} */ (byId(id));
  return /** @type {HTMLElement} */ (content.firstElementChild?.cloneNode(true));
}

/**
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @returns {T}
 */
export function inside(parent, selector) {
  return /** @type {T} */ (parent.querySelector(selector));
}

/**
 * A button that cannot be used now keeps the focus and says so, where `disabled` would lose it.
 *
 * @param {Element} button
 * @param {boolean} enabled
 */
export function enable(button, enabled) {
  if (enabled) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
}

/** @param {Element} button */
export function isEnabled(button) {
  return button.getAttribute("aria-disabled") !== "true";
}

/**
 * Shows one of the page's views, and hides the others. The focus is not lost with what is hidden.
 *
 * @param {string} name a data-view of the page
 */
export function showView(name) {
  const focused = document.activeElement;
  for (const view of document.querySelectorAll("[data-view]")) {
    /** @type {HTMLElement} */ (view).hidden = view.getAttribute("data-view") !== name;
  }
  document.body.dataset.shown = name;
  if (focused?.closest("[data-view][hidden]")) byId("main").focus();
}

/**
 * Says in the page's live region what is going on; screen readers read it out.
 *
 * @param {string} text
 * @param {"" | "problem"} tone
 * @param {string} id of the live region
 */
export function say(text, tone = "", id = "status") {
  const region = byId(id);
  region.dataset.tone = tone;
  region.textContent = text;
}

/**
 * Puts a share into the style of an element: how full it is drawn.
 *
 * @param {HTMLElement} element
 * @param {number} part 0 to 1
 */
export function fill(element, part) {
  element.style.setProperty("--part", String(Math.max(0, Math.min(1, part))));
}

/**
 * A notice in place of the work: nothing left, or something went wrong.
 *
 * @param {{title: string, text: string, elsewhere: [string, string], retry?: () => void}} notice
 */
export function showNotice({ title, text, elsewhere, retry }) {
  byId("notice-title").textContent = title;
  byId("notice-text").textContent = text;
  const button = byId("retry");
  button.hidden = !retry;
  button.onclick = retry ?? null;
  const link = /** @type {HTMLAnchorElement} */ (byId("elsewhere"));
  [link.textContent, link.href] = elsewhere;
  showView("notice");
  byId("notice-title").focus();
}
