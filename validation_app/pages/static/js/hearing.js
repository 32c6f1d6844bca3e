/**
 * How much of a clip a person has heard, and what they may say of it by now: yes when it has played
 * to its end, no after three seconds, as Common Voice has it (VOTE_NO_PLAY_MS).
 */

const NO_AFTER_S = 3;

export class Hearing {
  seconds = 0;
  wasHeard = false;

  /** @param {import("./api.js").Clip} clip */
  constructor(clip) {
    this.clip = clip;
  }

  /** @param {number} seconds since its beginning */
  reach(seconds) {
    this.seconds = Math.max(this.seconds, seconds);
  }

  finish() {
    this.reach(this.length);
    this.wasHeard = true;
  }

  get length() {
    return this.clip.duration_ms / 1000;
  }

  get mayYes() {
    return this.wasHeard;
  }

  get mayNo() {
    return this.wasHeard || this.seconds >= NO_AFTER_S;
  }

  /** How far the way to a yes is done, 0 to 1. */
  get yesPart() {
    return this.wasHeard ? 1 : Math.min(0.99, this.seconds / this.length);
  }

  /** The same for a no. */
  get noPart() {
    return this.mayNo ? 1 : this.seconds / Math.min(NO_AFTER_S, this.length);
  }
}
