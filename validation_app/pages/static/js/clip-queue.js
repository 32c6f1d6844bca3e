/** The clips that come next, with their audio already on the way. */

import { ApiError, clips } from "./api.js";
import { decode } from "./audio.js";
import { allErrands } from "./errands.js";

/** @typedef {import("./api.js").Clip} Clip */

const FETCHED = 10;
const LOW = 4;
const AHEAD = 2;
const KEPT = 8;

export class ClipQueue {
  /** @type {Clip[]} */
  #waiting = [];
  /** Clips that were in here, whose votes may still be on their way. @type {Set<number>} */
  #seen = new Set();
  /** @type {Map<number, Promise<AudioBuffer>>} */
  #audio = new Map();

  /**
   * The next clip, undefined where nothing is left.
   *
   * @returns {Promise<Clip | undefined>}
   * @throws {ApiError}
   */
  async next() {
    if (!this.#waiting.length) {
      await allErrands();
      await this.#fetch();
    } else if (this.#waiting.length < LOW) {
      this.#fetch().catch(() => {}); // there are some left: the next call tells
    }
    const clip = this.#waiting.shift();
    if (clip) this.audioOf(clip).catch(() => {}); // who plays it is told
    for (const later of this.#waiting.slice(0, AHEAD)) this.audioOf(later).catch(() => {});
    return clip;
  }

  /** To come next again. @param {Clip} clip */
  putBack(clip) {
    this.#waiting.unshift(clip);
  }

  /** Forgets what was there: for another look. */
  clear() {
    this.#waiting = [];
    this.#seen.clear();
  }

  /** @param {Clip} clip @returns {Promise<AudioBuffer>} rejected where it cannot be had or read */
  audioOf(clip) {
    const there = this.#audio.get(clip.id);
    if (there) return there;
    const loading = load(clip.audio);
    loading.catch(() => this.#audio.delete(clip.id)); // another attempt shall be one
    this.#audio.set(clip.id, loading);
    const [oldest] = this.#audio.keys();
    if (this.#audio.size > KEPT) this.#audio.delete(oldest);
    return loading;
  }

  async #fetch() {
    for (const clip of await clips.next(FETCHED)) {
      if (this.#seen.has(clip.id)) continue;
      this.#seen.add(clip.id);
      this.#waiting.push(clip);
    }
  }
}

/** @param {string} address */
async function load(address) {
  const response = await fetch(address);
  if (!response.ok) throw new ApiError(response.status, "audio", "The audio is not there.");
  return decode(await response.arrayBuffer());
}
