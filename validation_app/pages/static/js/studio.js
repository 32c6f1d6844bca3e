/** Recording one sentence: microphone, level, tail, and a look at what came of it. */

import { decode, outline } from "./audio.js";
import { measure, problemOf } from "./loudness.js";
import { level, openMicrophone } from "./microphone.js";
import { Recorder } from "./recorder.js";
import { Waveform } from "./waveform.js";

const LEVEL_EVERY_MS = 60;
const UNREADABLE = { fatal: true, text: "The browser could not read its own recording. Once more?" };

/** @typedef {"idle" | "opening" | "recording" | "ending"} Phase */
/** @typedef {import("./loudness.js").Problem} Problem */
/** @typedef {import("./take-set.js").Take} Take */

export class Studio {
  /** @type {Phase} */
  phase = "idle";
  /** @type {import("./microphone.js").Microphone | undefined} */
  #microphone;
  /** @type {Recorder | undefined} */
  #recorder;

  /**
   * @param {import("./loudness.js").Limits} limits
   * @param {{onPhase: (phase: Phase) => void, onLevel: (level: number, part: number) => void,
   *   onFull: () => void}} watcher
   */
  constructor(limits, watcher) {
    this.limits = limits;
    this.watcher = watcher;
  }

  /**
   * Begins to record. Resolves when the browser really does; false where it was released meanwhile.
   *
   * @throws {import("./microphone.js").NoMicrophone}
   */
  async start() {
    try {
      if (!this.#microphone?.isLive()) this.release();
      this.#enter("opening");
      const microphone = this.#microphone ?? (await openMicrophone());
      if (this.phase !== "opening") {
        microphone.release();
        return false;
      }
      this.#microphone = microphone;
      this.#recorder = new Recorder(this.#microphone.stream, this.limits.tailMs);
      await this.#recorder.start();
      if (this.phase !== "opening") return false;
    } catch (error) {
      this.#enter("idle");
      throw error;
    }
    this.#enter("recording");
    this.#watch(this.#recorder, this.#microphone.analyser);
    return true;
  }

  /**
   * Ends the recording and looks at it.
   *
   * @returns {Promise<{take?: Take, problem?: Problem}>} no take where its problem is fatal; neither
   *   where it was released meanwhile
   */
  async stop() {
    const recorder = /** @type {Recorder} */ (this.#recorder);
    this.#enter("ending");
    const audio = await recorder.stop();
    const result = await this.#examine(audio);
    if (this.#recorder !== recorder) return {};
    this.#enter("idle");
    return result;
  }

  /** Lets go of the microphone, and of a recording that was under way. True where there was one. */
  release() {
    const interrupted = this.phase !== "idle";
    void this.#recorder?.cut();
    this.#recorder = undefined;
    this.#microphone?.release();
    this.#microphone = undefined;
    this.#enter("idle");
    return interrupted;
  }

  /** @param {Phase} phase */
  #enter(phase) {
    this.phase = phase;
    this.watcher.onPhase(phase);
  }

  /** @param {Recorder} recorder @param {AnalyserNode} analyser */
  #watch(recorder, analyser) {
    const begin = performance.now();
    const timer = setInterval(() => {
      const mine = this.#recorder === recorder && this.phase !== "idle";
      if (!mine) return clearInterval(timer);
      const seconds = (performance.now() - begin) / 1000;
      this.watcher.onLevel(level(analyser), seconds / this.limits.maxSeconds);
      if (seconds >= this.limits.maxSeconds && this.phase === "recording") this.watcher.onFull();
    }, LEVEL_EVERY_MS);
  }

  /** @param {Blob} audio */
  async #examine(audio) {
    let buffer;
    try {
      buffer = await decode(audio);
    } catch {
      return { problem: UNREADABLE };
    }
    const samples = buffer.getChannelData(0);
    const problem = problemOf(measure(samples, buffer.sampleRate), this.limits);
    if (problem?.fatal) return { problem };
    return { problem, take: { audio, buffer, levels: outline(samples, Waveform.count) } };
  }
}
