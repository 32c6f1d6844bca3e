/**
 * The outbox: recordings that the server does not have yet, in the browser's own database. They
 * outlive reloads, crashes and dead networks, and go only when the server has them or the person
 * discards them.
 */

const NAME = "myna";
const STORE = "outbox";

/**
 * @typedef {object} Parcel
 * @property {number} id given by the store, in the order of recording
 * @property {string} sentence its id
 * @property {string} text what was read
 * @property {Blob} audio as recorded
 * @property {number} attempts that failed
 * @property {string} trouble why the last of them did
 * @property {string} refusal why the server will not have it; "" while it may
 */

/** Tells "change" whenever something was put in or taken out, by this page or another tab. */
export const events = new EventTarget();

const tabs = new BroadcastChannel("myna-outbox");
const tell = () => events.dispatchEvent(new Event("change"));
tabs.onmessage = tell;

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open() {
  opened ??= (() => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    return answer(request);
  })();
  return opened;
}

/**
 * Does something to the store, all or nothing, and waits until it is on the disk.
 *
 * @param {(store: IDBObjectStore) => unknown} change
 */
async function write(change) {
  const transaction = (await open()).transaction(STORE, "readwrite", { durability: "strict" });
  change(transaction.objectStore(STORE));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  tell();
  tabs.postMessage("change");
}

/** @param {{sentence: string, text: string, audio: Blob}[]} recordings */
export const put = (recordings) =>
  write((store) => {
    for (const one of recordings) store.add({ ...one, attempts: 0, trouble: "", refusal: "" });
  });

/** @param {Parcel} parcel */
export const update = (parcel) => write((store) => store.put(parcel));

/** @param {number} id */
export const remove = (id) => write((store) => store.delete(id));

/** @returns {Promise<Parcel[]>} oldest first */
export async function all() {
  return answer((await open()).transaction(STORE).objectStore(STORE).getAll());
}
