/** The sentences that come next, without those whose recordings still wait to be sent. */

import { sentences } from "./api.js";
import * as outbox from "./outbox.js";

/** @typedef {import("./api.js").Sentence} Sentence */

const FETCHED = 25;

export class SentenceQueue {
  /** @type {Sentence[]} */
  #waiting = [];
  /** @type {Set<string>} */
  #seen = new Set();

  /**
   * @param {number} count
   * @returns {Promise<Sentence[]>} fewer where fewer are left
   * @throws {import("./api.js").ApiError}
   */
  async take(count) {
    if (this.#waiting.length < count) await this.#fetch();
    return this.#waiting.splice(0, count);
  }

  /** To come next again. @param {Sentence} sentence */
  putBack(sentence) {
    this.#waiting.unshift(sentence);
  }

  async #fetch() {
    const parcels = new Set((await outbox.all()).map((parcel) => parcel.sentence));
    for (const sentence of await sentences.next(FETCHED)) {
      if (this.#seen.has(sentence.id) || parcels.has(sentence.id)) continue;
      this.#seen.add(sentence.id);
      this.#waiting.push(sentence);
    }
  }
}
