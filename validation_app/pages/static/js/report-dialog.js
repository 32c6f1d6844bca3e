/** The dialog in which people say what is wrong with a sentence or a clip. */

import { byId } from "./elements.js";

/**
 * @returns {Promise<{reason: string, detail: string} | undefined>} undefined where they thought better of it
 */
export function askForReport() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("report"));
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  form.reset();
  byId("report-cancel").onclick = () => dialog.close(); // no submit button: Enter shall report
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const said = new FormData(form);
      const answer = { reason: String(said.get("reason")), detail: String(said.get("detail") ?? "") };
      resolve(dialog.returnValue === "report" ? answer : undefined);
    }, { once: true });
  });
}
