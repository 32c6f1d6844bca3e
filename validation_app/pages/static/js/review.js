/** The set as a whole, before it is submitted: each recording can be heard, and made anew. */

import { byId, copyOf, inside } from "./elements.js";

/** @typedef {import("./take-set.js").TakeSet} TakeSet */

/**
 * @param {TakeSet} set
 * @param {{onPlay: (at: number) => void, onRedo: (at: number) => void}} handlers
 */
export function drawReview(set, { onPlay, onRedo }) {
  const rows = set.places.flatMap(({ sentence, take }, at) => {
    if (!take) return [];
    const row = copyOf("take-template");
    inside(row, "p").textContent = sentence.text;
    const play = inside(row, "[data-do=play]");
    const redo = inside(row, "[data-do=redo]");
    inside(play, ".unseen").textContent = `Play sentence ${at + 1}`;
    inside(redo, ".unseen").textContent = `Record sentence ${at + 1} again`;
    play.dataset.at = String(at);
    play.addEventListener("click", () => onPlay(at));
    redo.addEventListener("click", () => onRedo(at));
    return [row];
  });
  byId("takes").replaceChildren(...rows);
  const count = set.taken.length;
  inside(byId("submit"), "span").textContent = count === 1 ? "Submit it" : `Submit all ${count}`;
}

/** Marks which recording plays. @param {number | undefined} at */
export function markPlaying(at) {
  for (const button of byId("takes").querySelectorAll("[data-do=play]")) {
    button.classList.toggle("busy", /** @type {HTMLElement} */ (button).dataset.at === String(at));
  }
  byId("play-all").classList.toggle("busy", at !== undefined);
  inside(byId("play-all"), "span").textContent = at === undefined ? "Play all" : "Stop";
}
