/** One recording, from the press of a button to the audio that the browser made of it. */

const CHUNK_MS = 250;
/** Firefox 87 loses the end of recordings that are asked for in one piece. */

const BITS_PER_SECOND = 96_000;

/** As browsers can, best first; Safari has MP4 alone. */
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

export class Recorder {
  /** @param {MediaStream} stream @param {number} tailMs how long it goes on after the stop */
  constructor(stream, tailMs) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.tailMs = tailMs;
    /** @type {Blob[]} */
    this.chunks = [];
    this.recorder.ondataavailable = ({ data }) => this.chunks.push(data);
  }

  /** Resolves when the browser has really begun: what is said before that is lost. */
  start() {
    return new Promise((resolve) => {
      this.recorder.onstart = resolve;
      this.recorder.start(CHUNK_MS);
    });
  }

  /**
   * Ends the recording after the tail, for people press the button on their last sound.
   *
   * @returns {Promise<Blob>}
   */
  async stop() {
    await new Promise((resolve) => setTimeout(resolve, this.tailMs));
    return this.cut();
  }

  /** Ends the recording now. @returns {Promise<Blob>} */
  cut() {
    return new Promise((resolve) => {
      const done = () => resolve(new Blob(this.chunks, { type: this.recorder.mimeType }));
      if (this.recorder.state === "inactive") return done();
      this.recorder.onstop = done;
      this.recorder.stop();
    });
  }
}
