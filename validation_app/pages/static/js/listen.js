/** The page on which people listen and vote. */

import { ApiError, clips } from "./api.js";
import { outline } from "./audio.js";
import { ClipQueue } from "./clip-queue.js";
import { byId, enable, fill, inside, isEnabled, say, showNotice, showView } from "./elements.js";
import { errand } from "./errands.js";
import { Hearing } from "./hearing.js";
import { listenToKeys } from "./keys.js";
import { Player } from "./player.js";
import { askForReport } from "./report-dialog.js";
import { Waveform } from "./waveform.js";

/** @typedef {{hearing: Hearing, did: "yes" | "no" | "skip", reason: string}} Deed */

const AUTOPLAY = "myna.autoplay";
const LONG = 90;

const queue = new ClipQueue();
const player = new Player();
const wave = new Waveform(byId("wave"));
/** What was done, last at the end: what undo takes back. @type {Deed[]} */
const deeds = [];
/** Undefined while the next clip comes, and when none is left. @type {Hearing | undefined} */
let hearing;
let isComing = false;
/** What went wrong meanwhile, to be told with what comes. */
let trouble = "";

/** Brings buttons and bars in line with what was heard. */
function refresh() {
  const { mayYes = false, mayNo = false, yesPart = 0, noPart = 0 } = hearing ?? {};
  enable(byId("yes"), mayYes);
  enable(byId("no"), mayNo);
  fill(byId("yes"), yesPart);
  fill(byId("no"), noPart);
  enable(byId("undo"), deeds.length > 0);
  byId("notice-undo").hidden = !deeds.length;
  byId("play").classList.toggle("busy", player.isPlaying);
  inside(byId("play"), ".unseen").textContent = player.isPlaying ? "Stop" : "Play";
}

/** Offers reasons while the last thing said was a no. */
function showReasons() {
  const last = deeds.at(-1);
  byId("reasons").hidden = last?.did !== "no";
  for (const chip of byId("reasons").querySelectorAll("[data-reason]")) {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("data-reason") === last?.reason));
  }
}

/** @param {Hearing} next */
function show(next) {
  player.stop();
  hearing = next;
  const sentence = byId("sentence");
  sentence.textContent = next.clip.text;
  sentence.classList.toggle("long", next.clip.text.length > LONG);
  wave.clear();
  queue.audioOf(next.clip).then(
    (buffer) => hearing === next && wave.show(outline(buffer.getChannelData(0), Waveform.count)),
    () => {}, // play says it
  );
  showView("work");
  refresh();
  showReasons();
}

/**
 * Goes on to the next clip.
 *
 * @param {string} said what was done, to be told with what comes
 */
async function goOn(said = "") {
  player.stop();
  hearing = undefined;
  isComing = true;
  refresh();
  try {
    const clip = await queue.next();
    isComing = false;
    if (!clip) return nothingLeft();
    show(new Hearing(clip));
    if (trouble) say(trouble, "problem");
    else say(`${said} Press Play and listen to the end.`.trim());
    trouble = "";
    if (said && wantsAutoplay()) await play();
  } catch (error) {
    isComing = false;
    if (!(error instanceof ApiError)) throw error;
    showNotice({
      title: "The clips do not come", text: error.message,
      elsewhere: ["To the start", "/"], retry: () => goOn(),
    });
  }
}

function nothingLeft() {
  showReasons();
  const text = "You have heard every clip that waits for a vote. More come as people speak.";
  showNotice({
    title: "Nothing left to hear", text: `${trouble} ${text}`.trim(),
    elsewhere: ["Speak yourself", "/speak"], retry: lookAgain,
  });
  trouble = "";
}

function lookAgain() {
  queue.clear();
  return goOn();
}

async function play() {
  if (!hearing) return;
  if (player.isPlaying) return player.stop();
  const mine = hearing;
  try {
    const buffer = await queue.audioOf(mine.clip);
    if (hearing !== mine) return;
    void player.play(buffer, {
      gainDb: mine.clip.gain_db,
      onProgress(seconds) {
        mine.reach(seconds);
        wave.progress(seconds / buffer.duration);
        refresh();
      },
      onStop(reachedEnd) {
        if (reachedEnd) mine.finish();
        wave.progress(reachedEnd ? 1 : 0);
        refresh();
        if (reachedEnd) say("Was it exactly this sentence?");
      },
    });
    say("Playing.");
    refresh();
  } catch {
    if (hearing === mine) say("The audio did not come. Press Play to try again, or skip it.", "problem");
  }
}

/**
 * A vote that did not reach the server is told, and its clip comes again.
 *
 * @param {Deed} deed
 * @param {unknown} error
 */
function lost(deed, error) {
  if (!(error instanceof ApiError)) throw error;
  const at = deeds.indexOf(deed);
  if (at >= 0) deeds.splice(at, 1);
  const { clip } = deed.hearing;
  if (error.passes) queue.putBack(clip);
  const what = deed.did === "skip" ? "The skip" : `Your ${deed.did}`;
  const message = `${what} of “${clip.text}” was not saved. ${error.message}`;
  refresh();
  showReasons();
  if (hearing) return say(message, "problem");
  trouble = message;
  if (!isComing) void goOn();
}

/** @param {Deed} deed */
function send({ hearing: { clip }, did, reason }) {
  return did === "skip" ? clips.skip(clip.id) : clips.vote(clip.id, did === "yes", reason);
}

/** @param {Deed["did"]} did @param {string} said */
function act(did, said) {
  if (!hearing) return;
  const deed = { hearing, did, reason: "" };
  deeds.push(deed);
  errand(() => send(deed)).catch((error) => lost(deed, error));
  void goOn(said);
}

function yes() {
  if (isEnabled(byId("yes"))) act("yes", "You said yes.");
  else say("First listen to the end, then say yes.");
}

function no() {
  if (isEnabled(byId("no"))) act("no", "You said no.");
  else say("First listen for three seconds, then say no.");
}

const skip = () => act("skip", "Skipped.");

/** Takes back the last vote or skip; its clip is there again, as it was heard. */
function undo() {
  const deed = deeds.pop();
  if (!deed) return say("There is nothing to undo.");
  const { id } = deed.hearing.clip;
  errand(() => (deed.did === "skip" ? clips.unskip(id) : clips.unvote(id))).catch((error) => {
    say(`That was not undone. ${error.message}`, "problem");
  });
  if (hearing) queue.putBack(hearing.clip);
  show(deed.hearing);
  say(deed.did === "skip" ? "The skip is undone." : `Your ${deed.did} is undone. What do you say now?`);
}

/** @param {Element} chip */
function giveReason(chip) {
  const deed = deeds.at(-1);
  if (!deed) return;
  const reason = chip.getAttribute("data-reason") ?? "";
  deed.reason = deed.reason === reason ? "" : reason;
  errand(() => send(deed)).catch((error) => lost(deed, error));
  showReasons();
}

async function report() {
  if (!hearing) return;
  player.stop();
  const mine = hearing;
  const said = await askForReport();
  if (!said) return;
  errand(() => clips.report(mine.clip.id, said.reason, said.detail)).catch((error) => {
    say(`The report was not saved. ${error.message}`, "problem");
  });
  await goOn("Reported. Thank you.");
}

const wantsAutoplay = () => localStorage.getItem(AUTOPLAY) === "yes";

function setUp() {
  const actions = { play, yes, no, skip, undo, report };
  for (const [action, run] of Object.entries(actions)) {
    byId(action === "report" ? "open-report" : action).addEventListener("click", () => run());
  }
  byId("notice-undo").addEventListener("click", undo);
  for (const chip of byId("reasons").querySelectorAll("[data-reason]")) {
    chip.addEventListener("click", () => giveReason(chip));
  }
  const autoplay = /** @type {HTMLInputElement} */ (byId("autoplay"));
  autoplay.checked = wantsAutoplay();
  autoplay.addEventListener("change", () => localStorage.setItem(AUTOPLAY, autoplay.checked ? "yes" : "no"));
  listenToKeys("listen", actions);
}

setUp();
void goOn();
