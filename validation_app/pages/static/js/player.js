/** Plays one piece of audio at a time, levelled by a gain, and tells how far it is. */

/** @type {AudioContext | undefined} */
let context;

/**
 * @typedef {object} Wishes
 * @property {number} [gainDb] what to raise or lower it by
 * @property {(seconds: number) => void} [onProgress] with each frame of the screen
 * @property {(reachedEnd: boolean) => void} [onStop] once: at the end, or when it was stopped
 */

export class Player {
  /** @type {(() => void) | undefined} */
  #halt;

  get isPlaying() {
    return this.#halt !== undefined;
  }

  /**
   * Begins to play; what was playing stops.
   *
   * @param {AudioBuffer} buffer
   * @param {Wishes} wishes
   */
  async play(buffer, { gainDb = 0, onProgress = () => {}, onStop = () => {} } = {}) {
    this.stop();
    context ??= new AudioContext();
    const at = context;
    let source = /** @type {AudioBufferSourceNode | undefined} */ (undefined);
    const finish = (/** @type {boolean} */ reachedEnd) => {
      if (this.#halt !== halt) return;
      this.#halt = undefined;
      source?.stop();
      onStop(reachedEnd);
    };
    const halt = () => finish(false);
    this.#halt = halt;
    await at.resume();
    if (this.#halt !== halt) return; // stopped, or overtaken, while the device woke up
    source = new AudioBufferSourceNode(at, { buffer });
    source.connect(new GainNode(at, { gain: 10 ** (gainDb / 20) })).connect(at.destination);
    source.onended = () => finish(true);
    const begin = at.currentTime;
    source.start();
    const tick = () => {
      if (this.#halt !== halt) return;
      onProgress(Math.min(at.currentTime - begin, buffer.duration));
      requestAnimationFrame(tick);
    };
    tick();
  }

  stop() {
    this.#halt?.();
  }
}
