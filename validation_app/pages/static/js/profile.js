/** What a person tells about their voice. */

import { ApiError, profile } from "./api.js";
import { byId, say } from "./elements.js";

const form = /** @type {HTMLFormElement} */ (byId("profile"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = new FormData(form);
  /** @param {string} name */
  const value = (name) => String(told.get(name) ?? "").trim();
  try {
    await profile.save({ age: value("age"), gender: value("gender"), accents: value("accents") });
    say("Saved. Thank you!", "", "profile-status");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(`Not saved: ${error.message}`, "problem", "profile-status");
  }
});
