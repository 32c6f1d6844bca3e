/** What every page does: theme, keys, and sending the recordings that still wait. */

import { deliver, setUpDelivery } from "./delivery.js";
import { byId } from "./elements.js";
import { setUpKeysDialog } from "./keys-dialog.js";
import * as outbox from "./outbox.js";
import { setUpTheme } from "./theme.js";

/** Shows how many recordings wait, on every page. */
async function showWaiting() {
  const waiting = (await outbox.all()).filter((one) => !one.refusal).length;
  const line = byId("outbox");
  line.hidden = waiting === 0;
  /** @type {HTMLElement} */ (line.querySelector("span")).textContent = `${waiting} waiting`;
  line.title = "Recordings that the server does not have yet. They are kept here and sent again.";
}

/** Names languages by their names, where the browser knows them. */
function nameLanguages() {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  for (const element of document.querySelectorAll("[data-locale]")) {
    element.textContent = names.of(element.getAttribute("data-locale") ?? "") ?? element.textContent;
  }
}

setUpTheme();
setUpKeysDialog();
setUpDelivery();
outbox.events.addEventListener("change", showWaiting);
showWaiting();
deliver();
nameLanguages();
