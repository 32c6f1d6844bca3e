/** The sentences of one set, what was recorded of each, and which one it is about. */

/** @typedef {import("./api.js").Sentence} Sentence */
/** @typedef {{audio: Blob, buffer: AudioBuffer, levels: number[]}} Take */
/** @typedef {{sentence: Sentence, take?: Take}} Place */

export class TakeSet {
  at = 0;

  /** @param {Sentence[]} sentences */
  constructor(sentences) {
    /** @type {Place[]} */
    this.places = sentences.map((sentence) => ({ sentence }));
  }

  /** @returns {Place | undefined} */
  get place() {
    return this.places[this.at];
  }

  /** Those that were recorded. @returns {{sentence: Sentence, take: Take}[]} */
  get taken() {
    return this.places.flatMap(({ sentence, take }) => (take ? [{ sentence, take }] : []));
  }

  get isComplete() {
    return this.places.length > 0 && this.places.every(({ take }) => take);
  }

  /** Goes to the next sentence without a recording; false where there is none. */
  goOn() {
    const { places, at } = this;
    const order = [...places.keys()].map((step) => (at + 1 + step) % places.length);
    const next = order.find((one) => !places[one].take);
    if (next === undefined) return false;
    this.at = next;
    return true;
  }

  /**
   * Another sentence in place of this one, or none where nothing is left.
   *
   * @param {Sentence | undefined} sentence
   */
  replace(sentence) {
    this.places.splice(this.at, 1, ...(sentence ? [{ sentence }] : []));
    this.at = Math.min(this.at, Math.max(0, this.places.length - 1));
  }
}
