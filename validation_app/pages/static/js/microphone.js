/**
 * The microphone: one voice, one channel, held only while somebody records.
 *
 * Noise suppression and echo cancellation stay off, for they take from speech what a corpus is to
 * have. Web Audio mixes to one channel, whatever the device gives.
 */

/** @typedef {{stream: MediaStream, analyser: AnalyserNode, isLive: () => boolean, release: () => void}} Microphone */

/** Why no microphone can be had, in words. */
export class NoMicrophone extends Error {}

const REASONS = {
  NotAllowedError: "The browser may not use the microphone. Allow it beside the address, then press Record.",
  NotFoundError: "There is no microphone. Plug one in, then press Record.",
  NotReadableError: "Another program holds the microphone. Close it there, then press Record.",
};

async function ask() {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) {
    throw new NoMicrophone("This browser cannot record here: it takes https, and a browser of these years.");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true },
    });
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    const reason = REASONS[/** @type {keyof typeof REASONS} */ (name)];
    throw new NoMicrophone(reason ?? "The microphone cannot be used.");
  }
}

/**
 * @returns {Promise<Microphone>} what to record, and what to watch the level by
 * @throws {NoMicrophone}
 */
export async function openMicrophone() {
  const device = await ask();
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  const mono = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: "explicit" });
  context.createMediaStreamSource(device).connect(analyser).connect(mono);
  const release = () => {
    for (const track of device.getTracks()) track.stop();
    void context.close();
  };
  /** False once it was unplugged, or taken from the page. */
  const isLive = () => device.getTracks().every((track) => track.readyState === "live");
  return { stream: mono.stream, analyser, isLive, release };
}

/**
 * The loudest sample of the last 40 ms or so.
 *
 * @param {AnalyserNode} analyser
 * @returns {number} 0 to 1
 */
export function level(analyser) {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}
