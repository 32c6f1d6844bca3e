/** The dialog that lists the keys, changes them, and switches them off. */

import { byId } from "./elements.js";
import { areOn, changeKey, keyOf, listenToKeys, nameOf, plainKey, resetKeys, switchKeys, takenBy } from "./keys.js";
import { KEYMAP } from "./keymap.js";

const dialog = () => /** @type {HTMLDialogElement} */ (byId("keys"));

/** @param {string} text */
const tell = (text) => (byId("keys-status").textContent = text);

/** @param {HTMLButtonElement} button @param {string} name "page.action" @param {string} label */
function showKey(button, name, label) {
  const key = nameOf(keyOf(name));
  button.textContent = key;
  button.setAttribute("aria-label", `${label}: ${key}. Change`);
}

/**
 * Waits for the key that an action shall have. Escape leaves it as it is.
 *
 * @param {HTMLButtonElement} button
 * @param {string} name "page.action"
 * @param {string} label
 */
function ask(button, name, label) {
  button.classList.add("waiting");
  button.textContent = "…";
  tell(`Press the key for “${label}”, or Escape.`);
  const done = () => {
    button.classList.remove("waiting");
    showKey(button, name, label);
    button.removeEventListener("keydown", take, true);
    button.removeEventListener("blur", done);
  };
  /** @param {KeyboardEvent} event */
  const take = (event) => {
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    const key = plainKey(event);
    const other = key && takenBy(name, key);
    if (event.key === "Escape") tell("It stays as it was.");
    else if (!key || (key.length > 1 && key !== "Enter")) return;
    else if (other) return void tell(`“${nameOf(key)}” is already “${other}”. Another one?`);
    else {
      changeKey(name, key);
      tell(`“${label}” is now “${nameOf(key)}”.`);
    }
    done();
  };
  button.addEventListener("keydown", take, true);
  button.addEventListener("blur", done);
}

/** @param {string} page @param {string} action @param {string} label */
function row(page, action, label) {
  const name = `${page}.${action}`;
  const line = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: label });
  const cell = document.createElement("td");
  const button = Object.assign(document.createElement("button"), {
    type: "button", className: "key",
  });
  showKey(button, name, label);
  button.addEventListener("click", () => ask(button, name, label));
  cell.append(button);
  line.append(head, cell);
  return line;
}

function draw() {
  const tables = Object.entries(KEYMAP).map(([page, { title, actions }]) => {
    const table = Object.assign(document.createElement("table"), { className: "keymap" });
    table.append(Object.assign(document.createElement("caption"), { textContent: title }));
    table.append(...Object.entries(actions).map(([action, { label }]) => row(page, action, label)));
    return table;
  });
  byId("keys-tables").replaceChildren(...tables);
  /** @type {HTMLInputElement} */ (byId("keys-on")).checked = areOn();
}

function open() {
  draw();
  tell("");
  dialog().showModal();
}

/** Makes the dialog open by its button and its key, and its controls work. */
export function setUpKeysDialog() {
  for (const opener of document.querySelectorAll("[data-open=keys]")) opener.addEventListener("click", open);
  byId("keys-on").addEventListener("change", (event) =>
    switchKeys(/** @type {HTMLInputElement} */ (event.target).checked));
  byId("keys-reset").addEventListener("click", () => {
    resetKeys();
    draw();
    tell("All keys are as they were.");
  });
  listenToKeys("everywhere", { help: open });
}
