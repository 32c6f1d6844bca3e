/**
 * Single-key shortcuts, which people can change and switch off (WCAG 2.1.4).
 *
 * They do nothing while Ctrl, Alt or ⌘ is held, in fields, and behind an open dialog; and Enter and
 * the space bar stay with the button or link that has the focus.
 */

import { KEYMAP } from "./keymap.js";

const STORE = "myna.keys";
const FIELDS = "input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]";
const PRESSABLE = "a[href], button, input, select, textarea, summary";

/** @typedef {{on: boolean, keys: Record<string, string>}} Choices */

/** @returns {Choices} what this person has chosen; keys by "page.action" */
function load() {
  try {
    const { on = true, keys = {} } = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return { on, keys };
  } catch {
    return { on: true, keys: {} };
  }
}

let choices = load();

function save() {
  localStorage.setItem(STORE, JSON.stringify(choices));
  hint();
}

/** Whether single keys do anything. */
export const areOn = () => choices.on;

/** @param {boolean} on */
export function switchKeys(on) {
  choices.on = on;
  save();
}

/** All keys as they were in the beginning. */
export function resetKeys() {
  choices = { on: true, keys: {} };
  save();
}

/** @param {string} name "page.action" */
export function keyOf(name) {
  const [page, action] = name.split(".");
  return choices.keys[name] ?? KEYMAP[page].actions[action].key;
}

/**
 * What a key already does where another action would want it.
 *
 * @param {string} name "page.action" that wants the key
 * @param {string} key
 * @returns {string | undefined} the label of the other action
 */
export function takenBy(name, key) {
  const [own] = name.split(".");
  for (const [page, { actions }] of Object.entries(KEYMAP)) {
    if (page !== own && page !== "everywhere" && own !== "everywhere") continue;
    for (const [action, { label }] of Object.entries(actions)) {
      const other = `${page}.${action}`;
      if (other !== name && keyOf(other) === key) return label;
    }
  }
  return undefined;
}

/** @param {string} name "page.action" @param {string} key */
export function changeKey(name, key) {
  choices.keys[name] = key;
  save();
}

/**
 * The key that an event stands for, "" where it is none of ours. With Shift only signs count
 * (a question mark, the digits of a French keyboard): letters are then somebody else's.
 *
 * @param {KeyboardEvent} event
 */
export function plainKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return "";
  const isSign = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase();
  if (event.shiftKey && !isSign) return "";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** @param {KeyboardEvent} event @param {string} key */
function isOthers(event, key) {
  const target = /** @type {Element} */ (event.target);
  if (document.querySelector("dialog[open]") || target.closest(FIELDS)) return true;
  return ["Enter", " "].includes(key) && target.closest(PRESSABLE) !== null;
}

/** @param {string} key as people know it */
export const nameOf = (key) => ({ " ": "Space", Enter: "Enter ↵" })[key] ?? key;

/** Writes onto buttons which key presses them, and tells it to screen readers. */
export function hint() {
  for (const button of document.querySelectorAll("[data-keys]")) {
    const key = keyOf(/** @type {string} */ (button.getAttribute("data-keys")));
    button.querySelector("kbd")?.remove();
    button.removeAttribute("aria-keyshortcuts");
    if (!choices.on) continue;
    const cap = document.createElement("kbd");
    cap.textContent = key === "Enter" ? "↵" : nameOf(key);
    cap.setAttribute("aria-hidden", "true");
    button.append(cap);
    button.setAttribute("aria-keyshortcuts", key === " " ? "Space" : key);
  }
}

/**
 * Runs what is bound to a page's keys.
 *
 * @param {string} page of KEYMAP
 * @param {Record<string, () => void>} handlers by action
 */
export function listenToKeys(page, handlers) {
  document.addEventListener("keydown", (event) => {
    const key = plainKey(event);
    if (!choices.on || event.repeat || !key || isOthers(event, key)) return;
    for (const [action, run] of Object.entries(handlers)) {
      if (keyOf(`${page}.${action}`) !== key) continue;
      event.preventDefault();
      run();
      return;
    }
  });
  hint();
}
