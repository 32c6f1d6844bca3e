/** What can be told of a recording before it is sent: its length, how loud it is, and what is wrong. */

/** @typedef {{seconds: number, peakDb: number, clippedShare: number}} Measures */
/** @typedef {{minSeconds: number, maxSeconds: number, quietDb: number, clippedShare: number, tailMs: number}} Limits */
/** @typedef {{text: string, fatal: boolean}} Problem fatal: the server would not take it */

const FULL_SCALE = 0.999;

/**
 * The limits, which the server puts into the page (validation_app/recordings/limits.py).
 *
 * @param {DOMStringMap} data
 * @returns {Limits}
 */
export function limitsOf(data) {
  return {
    minSeconds: Number(data.minSeconds), maxSeconds: Number(data.maxSeconds),
    quietDb: Number(data.quietDb), clippedShare: Number(data.clippedShare), tailMs: Number(data.tailMs),
  };
}

/**
 * @param {Float32Array} samples -1 to 1
 * @param {number} rate samples per second
 * @returns {Measures}
 */
export function measure(samples, rate) {
  let peak = 0;
  let clipped = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    if (size >= FULL_SCALE) clipped += 1;
  }
  return {
    seconds: samples.length / rate,
    peakDb: 20 * Math.log10(Math.max(peak, 1e-6)),
    clippedShare: samples.length ? clipped / samples.length : 0,
  };
}

/**
 * The gravest problem of a recording, if it has one.
 *
 * @param {Measures} measures
 * @param {Limits} limits
 * @returns {Problem | undefined}
 */
export function problemOf({ seconds, peakDb, clippedShare }, limits) {
  const long = seconds.toFixed(1);
  if (seconds < limits.minSeconds) {
    return { fatal: true, text: `Too short: ${long} seconds, where it takes ${limits.minSeconds}. Once more?` };
  }
  if (seconds > limits.maxSeconds) {
    return { fatal: true, text: `Too long: it may have ${limits.maxSeconds} seconds. Once more, a little faster?` };
  }
  if (peakDb < limits.quietDb) {
    return { fatal: true, text: "Too quiet: hardly anything can be heard. Once more, closer to the microphone?" };
  }
  if (clippedShare > limits.clippedShare) {
    return { fatal: false, text: "It is so loud that it rattles. Record it again from further away, or press Next." };
  }
  return undefined;
}
