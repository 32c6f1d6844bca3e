/** What became of the recordings that were submitted: which are saved, wait, or were not taken. */

import { byId, copyOf, inside, say, showView } from "./elements.js";
import * as outbox from "./outbox.js";

/** @param {number} count */
const recordings = (count) => (count === 1 ? "1 recording" : `${count} recordings`);

/** @param {outbox.Parcel} parcel */
function refusedRow(parcel) {
  const row = copyOf("refused-template");
  inside(row, "p").textContent = parcel.text;
  inside(row, ".small").textContent = parcel.refusal;
  inside(row, "button").addEventListener("click", () => outbox.remove(parcel.id));
  return row;
}

async function draw() {
  const parcels = await outbox.all();
  const refused = parcels.filter((parcel) => parcel.refusal);
  const waiting = parcels.filter((parcel) => !parcel.refusal);
  const list = byId("refused");
  const hadFocus = list.contains(document.activeElement);
  list.hidden = !refused.length;
  list.replaceChildren(...refused.map(refusedRow));
  const title = byId("sent-title");
  if (hadFocus) (list.querySelector("button") ?? title).focus();
  const told = [];
  const trouble = waiting.find((parcel) => parcel.attempts)?.trouble;
  if (trouble) {
    told.push(`${trouble} ${recordings(waiting.length)} wait in this browser and are sent
      by themselves, also when you come back another day.`);
  } else if (waiting.length) {
    told.push(`${recordings(waiting.length)} on the way.`);
  } else if (!refused.length) {
    told.push("All your recordings are with the listeners now.");
  }
  if (refused.length) told.push(`${recordings(refused.length)} could not be taken:`);
  say(told.join(" "), refused.length ? "problem" : "", "delivery");
}

/** Shows it, and keeps it up to date. */
export async function showSent() {
  await draw();
  showView("sent");
  byId("sent-title").focus();
}

/** Whether the server has refused something that the person has not seen to. */
export async function hasRefused() {
  return (await outbox.all()).some((parcel) => parcel.refusal);
}

outbox.events.addEventListener("change", draw);
