/** Sending what lies in the outbox: one after the other, again and again, by one tab at a time. */

import { ApiError, clips } from "./api.js";
import * as outbox from "./outbox.js";

const LONGEST_WAIT_MS = 60_000;

/** @type {() => void} */
let wake = () => {};

/** @param {number} ms or until somebody wakes us @returns {Promise<void>} */
function sleep(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Twice as long after each attempt that failed, up to a minute. @param {number} attempts */
export const waitAfter = (attempts) => Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (attempts - 1));

/**
 * Sends one recording. What the server refuses for good stays in the outbox with its reason, for
 * the person to see.
 *
 * @param {outbox.Parcel} parcel
 * @returns {Promise<number>} how long to wait before the next, in ms
 */
async function send(parcel) {
  try {
    await clips.upload(parcel.sentence, parcel.audio);
    await outbox.remove(parcel.id);
    return 0;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const attempts = parcel.attempts + 1;
    const why = error.passes ? { trouble: error.message } : { refusal: error.message };
    await outbox.update({ ...parcel, attempts, ...why });
    return error.passes ? waitAfter(attempts) : 0;
  }
}

/** What is to be sent next: one that fails again and again does not hold up the others. */
async function nextParcel() {
  const waiting = (await outbox.all()).filter((one) => !one.refusal);
  return waiting.sort((one, other) => one.attempts - other.attempts)[0];
}

async function emptyOutbox() {
  for (;;) {
    const parcel = await nextParcel();
    if (!parcel) return;
    const pause = await send(parcel);
    if (pause) await sleep(pause);
  }
}

/** Runs of this tab that work or stand in line: one more than the one at work sees what is new. */
let queued = 0;

/** Begins to send, or hurries. Other tabs stand in line, and take over when this one is closed. */
export async function deliver() {
  wake();
  if (queued > 1 || !navigator.locks) return;
  queued += 1;
  try {
    await navigator.locks.request("myna-delivery", emptyOutbox);
  } finally {
    queued -= 1;
  }
}

/** Tries at once when the network is back or the page is looked at again. */
export function setUpDelivery() {
  addEventListener("online", () => deliver());
  document.addEventListener("visibilitychange", () => document.hidden || deliver());
}
