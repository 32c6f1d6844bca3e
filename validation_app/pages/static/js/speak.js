/** The page on which people read sentences aloud. */

import { ApiError, sentences } from "./api.js";
import { deliver } from "./delivery.js";
import { byId, copyOf, enable, fill, inside, isEnabled, say, showNotice, showView } from "./elements.js";
import { errand } from "./errands.js";
import { listenToKeys } from "./keys.js";
import { limitsOf } from "./loudness.js";
import { NoMicrophone } from "./microphone.js";
import * as outbox from "./outbox.js";
import { Player } from "./player.js";
import { askForReport } from "./report-dialog.js";
import { drawReview, markPlaying } from "./review.js";
import { hasRefused, showSent } from "./sent.js";
import { SentenceQueue } from "./sentence-queue.js";
import { Studio } from "./studio.js";
import { TakeSet } from "./take-set.js";
import { Waveform } from "./waveform.js";

const SET = 5;
const LONG = 90;
const READY = "Press Record, and read it aloud.";

const queue = new SentenceQueue();
const player = new Player();
const wave = new Waveform(byId("wave"));
const studio = new Studio(limitsOf(byId("main").dataset), {
  onPhase: refresh,
  onLevel(level, part) {
    wave.push(level);
    fill(byId("record"), part);
  },
  onFull: () => void finish(),
});
let set = new TakeSet([]);
/** What undo puts back. @type {{set: TakeSet, at: number, place: import("./take-set.js").Place, replaced: boolean}[]} */
const skipped = [];

/** @returns {"work" | "review" | "sent" | "notice" | "loading"} */
const view = () => /** @type {any} */ (document.body.dataset.shown);

/** Brings buttons in line with what can be done. */
function refresh() {
  const isIdle = studio.phase === "idle";
  const hasTake = Boolean(set.place?.take);
  const record = byId("record");
  record.classList.toggle("busy", studio.phase === "recording" || studio.phase === "ending");
  inside(record, ".unseen").textContent =
    studio.phase === "recording" ? "Stop" : hasTake ? "Record again" : "Record";
  if (isIdle) fill(record, 0);
  enable(record, studio.phase === "idle" || studio.phase === "recording");
  enable(byId("play"), isIdle && hasTake);
  byId("play").classList.toggle("busy", player.isPlaying);
  inside(byId("play"), "span").textContent = player.isPlaying ? "Stop" : "Play";
  for (const id of ["skip", "open-report"]) enable(byId(id), isIdle);
  enable(byId("next"), isIdle && hasTake);
  enable(byId("undo"), isIdle && skipped.length > 0);
  byId("notice-undo").hidden = !skipped.length;
  const some = set.taken.length;
  byId("finish").hidden = !some || set.isComplete;
  enable(byId("finish"), isIdle);
  inside(byId("finish"), "span").textContent = `Finish with ${some}`;
}

function drawSteps() {
  const rows = set.places.map(({ take }, at) => {
    const row = copyOf("step-template");
    const button = inside(row, "button");
    const state = [take && "recorded", at === set.at && "now"].filter(Boolean).join(", ");
    inside(button, ".number").textContent = String(at + 1);
    inside(button, ".unseen").textContent = `Sentence ${at + 1}${state && `, ${state}`}`;
    button.classList.toggle("taken", Boolean(take));
    if (at === set.at) button.setAttribute("aria-current", "step");
    button.addEventListener("click", () => goTo(at));
    return row;
  });
  byId("steps").replaceChildren(...rows);
}

/** Shows the sentence that it is about. @param {string} said */
function show(said = "") {
  const { place } = set;
  if (!place) return nothingLeft();
  player.stop();
  const sentence = byId("sentence");
  sentence.textContent = place.sentence.text;
  sentence.classList.toggle("long", place.sentence.text.length > LONG);
  if (place.take) wave.show(place.take.levels);
  else wave.clear();
  drawSteps();
  showView("work");
  refresh();
  say(`${said} ${place.take ? "Play it, record it again, or go on." : READY}`.trim());
}

/** @param {number} at */
function goTo(at) {
  if (studio.phase !== "idle" || !set.places[at] || !["work", "review"].includes(view())) return;
  const hadFocus = document.activeElement?.closest("#steps");
  set.at = at;
  show();
  if (hadFocus) byId("steps").querySelectorAll("button")[at]?.focus();
}

function nothingLeft() {
  if (set.taken.length) return review();
  studio.release();
  showNotice({
    title: "Every sentence is read",
    text: "There is no sentence that you have not read or skipped. More may come.",
    elsewhere: ["Listen to others", "/listen"], retry: begin,
  });
}

/** A new set. */
async function begin() {
  showView("loading");
  skipped.length = 0;
  try {
    set = new TakeSet(await queue.take(SET));
    show();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showNotice({
      title: "The sentences do not come", text: error.message,
      elsewhere: ["To the start", "/"], retry: begin,
    });
  }
}

async function record() {
  if (view() !== "work") return;
  if (studio.phase === "recording") return finish();
  if (studio.phase !== "idle") return;
  player.stop();
  say("The microphone is being opened.");
  try {
    if (!(await studio.start())) return;
    wave.clear();
    say("Speak now. Press again when you are done.");
  } catch (error) {
    if (!(error instanceof NoMicrophone)) throw error;
    say(error.message, "problem");
  }
}

/** Ends a recording: a good one is kept, and the next sentence comes. */
async function finish() {
  const { place } = set;
  say("One moment.");
  const { take, problem } = await studio.stop();
  if (!place || set.place !== place || !(take || problem)) return;
  if (take) place.take = take;
  if (take && !problem) return advance("Recorded.");
  show();
  if (problem) say(problem.text, "problem");
}

/** @param {string} said */
function advance(said = "") {
  if (set.goOn()) show(said);
  else review();
}

/** Enter: to the next sentence, to submit, to another set. */
function go() {
  if (view() === "review") return submit();
  if (view() === "sent") return begin();
  if (view() === "work" && isEnabled(byId("next"))) return advance();
  if (view() === "work" && studio.phase === "idle") say("Record this sentence first, or skip it.");
  return undefined;
}

function review() {
  player.stop();
  studio.release();
  drawReview(set, { onPlay: (at) => playTakes([at]), onRedo: goTo });
  showView("review");
  byId("review-title").focus();
}

/** Plays recordings of the set one after the other. @param {number[]} order */
async function playTakes(order) {
  const [at, ...rest] = order;
  if (player.isPlaying) player.stop();
  if (at === undefined) return;
  const { take } = set.places[at];
  if (!take) return;
  markPlaying(at);
  await player.play(take.buffer, {
    onStop(reachedEnd) {
      markPlaying(undefined);
      if (reachedEnd) void playTakes(rest);
    },
  });
}

function play() {
  if (player.isPlaying) return player.stop();
  if (view() === "review") return playTakes([...set.places.keys()].filter((at) => set.places[at].take));
  const take = set.place?.take;
  if (view() !== "work" || studio.phase !== "idle") return;
  if (!take) return say("Nothing is recorded yet.");
  void player.play(take.buffer, {
    onProgress: (seconds) => wave.progress(seconds / take.buffer.duration),
    onStop() {
      wave.progress(0);
      refresh();
    },
  });
  refresh();
}

/** Puts the set into the outbox, where it is safe, and sends it. */
async function submit() {
  if (!isEnabled(byId("submit"))) return;
  player.stop();
  enable(byId("submit"), false);
  try {
    await outbox.put(set.taken.map(({ sentence, take }) => (
      { sentence: sentence.id, text: sentence.text, audio: take.audio })));
  } catch {
    return say("The browser has no room to keep the recordings. Make some, and submit again.", "problem", "review-status");
  } finally {
    enable(byId("submit"), true);
  }
  set = new TakeSet([]);
  void deliver();
  await showSent();
}

/** Another sentence instead of this one. @param {string} said @param {boolean} canReturn */
async function drop(said, canReturn) {
  const { place, at } = set;
  if (!place) return;
  const mine = set;
  const [sentence] = await queue.take(1).catch(() => []);
  if (set !== mine || set.place !== place || studio.phase !== "idle") {
    if (sentence) queue.putBack(sentence); // while it came, something else was begun
    return;
  }
  if (canReturn) skipped.push({ set, at, place, replaced: Boolean(sentence) });
  set.replace(sentence);
  show(said);
}

/** @param {Promise<unknown>} request */
const told = (request) =>
  request.catch((error) => say(`That was not saved. ${error.message}`, "problem"));

async function skip() {
  if (view() !== "work" || studio.phase !== "idle" || !set.place) return;
  const { id } = set.place.sentence;
  void told(errand(() => sentences.skip(id)));
  await drop("Skipped.", true);
}

function undo() {
  if (studio.phase !== "idle") return;
  const last = skipped.pop();
  if (!last || last.set !== set) return;
  void told(errand(() => sentences.unskip(last.place.sentence.id)));
  // What was recorded in its place stays, and the set has one more.
  const gives = last.replaced && !set.places[last.at]?.take;
  const [replacement] = set.places.splice(last.at, gives ? 1 : 0, last.place);
  if (replacement) queue.putBack(replacement.sentence);
  set.at = last.at;
  show("The skip is undone.");
}

async function report() {
  if (view() !== "work" || studio.phase !== "idle" || !set.place) return;
  const { id } = set.place.sentence;
  const said = await askForReport();
  if (!said) return;
  void told(errand(() => sentences.report(id, said.reason, said.detail)));
  await drop("Reported. Thank you.", false);
}

/** A page that nobody sees has no business with the microphone. */
function leaveMicrophone() {
  if (!document.hidden || !studio.release()) return;
  show();
  say("The page was hidden, so the microphone was let go. Record this one again.", "problem");
}

function finishEarly() {
  if (isEnabled(byId("finish"))) review();
}

function setUp() {
  const buttons = { record, play, skip, undo, next: go, submit: go, again: go, finish: finishEarly, "notice-undo": undo, "play-all": play, "open-report": report };
  for (const [id, run] of Object.entries(buttons)) byId(id).addEventListener("click", () => run());
  const [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map((at) => () => goTo(at));
  listenToKeys("speak", { record, play, go, skip, undo, report, first, second, third, fourth, fifth });
  document.addEventListener("visibilitychange", leaveMicrophone);
  addEventListener("beforeunload", (event) => set.taken.length && event.preventDefault());
}

setUp();
if (await hasRefused()) await showSent();
else await begin();
