/** Audio as samples: encoded bytes decoded by the browser, and their outline for the eye. */

const RATE = 48_000;

/**
 * @param {Blob | ArrayBuffer} encoded
 * @returns {Promise<AudioBuffer>} rejected where it is no audio that the browser knows
 */
export async function decode(encoded) {
  const bytes = encoded instanceof Blob ? await encoded.arrayBuffer() : encoded;
  // An offline context decodes before anybody has pressed anything; a live one would be suspended.
  return new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
}

/**
 * The outline of audio: the peak of each of `count` equal pieces.
 *
 * @param {Float32Array} samples
 * @param {number} count
 * @returns {number[]} 0 to 1
 */
export function outline(samples, count) {
  const piece = samples.length / count;
  return Array.from({ length: count }, (_, at) => {
    let peak = 0;
    for (let i = Math.floor(at * piece); i < Math.floor((at + 1) * piece); i += 1) {
      const size = Math.abs(samples[i]);
      if (size > peak) peak = size;
    }
    return peak;
  });
}
