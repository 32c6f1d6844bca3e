/** The server's API: one place where requests are made and refusals become errors in words. */

const PATIENCE_MS = 120_000;
/** A network that died in the middle never answers. */

/** A refusal by the server, or no answer at all (status 0). */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP's, 0 without an answer
   * @param {string} code what the server calls it, "offline" without an answer
   * @param {string} message for people
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /**
   * Whether the same request may succeed later: no answer, a busy server, too many requests, or
   * somebody on the way who answers in the server's place, and not in its words.
   */
  get passes() {
    const mayPass = [0, 408, 429].includes(this.status) || this.status >= 500;
    return mayPass || ["csrf", "cut-off", "unknown"].includes(this.code);
  }
}

/** The token that proves that a request comes from these pages: its cookie, as it is now. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((one) => one.startsWith("csrf="));
  return cookie ? decodeURIComponent(cookie.slice("csrf=".length)) : "";
}

/**
 * @param {string} method
 * @param {string} path
 * @param {BodyInit | undefined} body
 * @param {Record<string, string>} headers
 */
async function send(method, path, body, headers) {
  try {
    return await fetch(path, {
      method, body, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS),
      headers: method === "GET" ? headers : { ...headers, "X-CSRF-Token": csrfToken() },
    });
  } catch {
    throw offline();
  }
}

const offline = () => new ApiError(0, "offline", "The server cannot be reached.");

/** @param {Response} response @returns {Promise<ApiError>} */
async function refusal(response) {
  const said = await response.json().catch(() => ({}));
  return new ApiError(
    response.status, said.error ?? "unknown",
    said.message ?? `The server answered ${response.status}.`,
  );
}

/**
 * What the server answers. Where its cookies have changed (another tab, a new key), they are
 * fetched anew and the request is made once more.
 *
 * @param {string} method
 * @param {string} path
 * @param {BodyInit} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} the JSON, or null where there is none
 * @throws {ApiError}
 */
export async function request(method, path, body, headers = {}) {
  let response = await send(method, path, body, headers);
  if (response.status === 403 && (await response.clone().json().catch(() => ({}))).error === "csrf") {
    await send("GET", "/api/mine", undefined, {});
    response = await send(method, path, body, headers);
  }
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return null;
  return response.json().catch(() => {
    throw offline(); // cut off, or the page of a network that one must log in to
  });
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [value] sent as JSON
 */
function requestJson(method, path, value) {
  if (value === undefined) return request(method, path);
  return request(method, path, JSON.stringify(value), { "Content-Type": "application/json" });
}

/** @typedef {{id: string, text: string}} Sentence */
/** @typedef {{id: number, text: string, audio: string, duration_ms: number, gain_db: number}} Clip */
/** @typedef {{verdict: string, up_votes: number, down_votes: number}} Votes */

export const sentences = {
  /** @param {number} count @returns {Promise<Sentence[]>} */
  async next(count) {
    return (await request("GET", `/api/sentences?count=${count}`)).sentences;
  },
  /** @param {string} id */
  skip: (id) => request("POST", `/api/sentences/${id}/skip`),
  /** @param {string} id */
  unskip: (id) => request("DELETE", `/api/sentences/${id}/skip`),
  /** @param {string} id @param {string} reason @param {string} detail */
  report: (id, reason, detail) => requestJson("POST", `/api/sentences/${id}/report`, { reason, detail }),
};

export const clips = {
  /** @param {number} count @returns {Promise<Clip[]>} */
  async next(count) {
    return (await request("GET", `/api/clips?count=${count}`)).clips;
  },
  /**
   * @param {string} sentence its id
   * @param {Blob} audio
   * @returns {Promise<{id: number, duration_ms: number, duplicate: boolean}>}
   */
  upload: (sentence, audio) =>
    request("POST", `/api/clips?sentence=${encodeURIComponent(sentence)}`, audio, {
      "Content-Type": audio.type || "application/octet-stream",
    }),
  /** @param {number} id @param {boolean} isValid @param {string} reason @returns {Promise<Votes>} */
  vote: (id, isValid, reason = "") =>
    requestJson("PUT", `/api/clips/${id}/vote`, { is_valid: isValid, reason }),
  /** @param {number} id @returns {Promise<Votes>} */
  unvote: (id) => request("DELETE", `/api/clips/${id}/vote`),
  /** @param {number} id */
  skip: (id) => request("POST", `/api/clips/${id}/skip`),
  /** @param {number} id */
  unskip: (id) => request("DELETE", `/api/clips/${id}/skip`),
  /** @param {number} id @param {string} reason @param {string} detail */
  report: (id, reason, detail) => requestJson("POST", `/api/clips/${id}/report`, { reason, detail }),
};

export const profile = {
  /** @param {{age: string, gender: string, accents: string}} value */
  save: (value) => requestJson("PUT", "/api/profile", value),
};
