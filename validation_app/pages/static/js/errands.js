/** Requests that are made in the background, in their order: a vote, and then its undoing. */

import { ApiError } from "./api.js";

const ATTEMPTS = 3;
const PAUSE_MS = 1000;

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/** @template T @param {() => Promise<T>} make @returns {Promise<T>} */
async function persist(make) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.passes || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * PAUSE_MS));
    }
  }
}

/**
 * Makes a request when all earlier ones are through; three attempts where it may pass.
 *
 * @template T
 * @param {() => Promise<T>} make
 * @returns {Promise<T>} rejected with the ApiError of the last attempt
 */
export function errand(make) {
  const mine = last.then(() => persist(make));
  last = mine.catch(() => {});
  return mine;
}

/** Resolves when all errands so far are through, well or not. */
export const allErrands = () => last;
