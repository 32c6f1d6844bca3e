/** Which keys there are, and what each is for. What people make of them is kept by keys.js. */

/** @typedef {{key: string, label: string}} Binding */

/** By page, then by action. @type {Record<string, {title: string, actions: Record<string, Binding>}>} */
export const KEYMAP = {
  listen: {
    title: "Listen",
    actions: {
      play: { key: "p", label: "Play or stop" },
      yes: { key: "y", label: "Yes" },
      no: { key: "n", label: "No" },
      skip: { key: "s", label: "Skip" },
      undo: { key: "u", label: "Undo" },
      report: { key: "r", label: "Report" },
    },
  },
  speak: {
    title: "Speak",
    actions: {
      record: { key: "r", label: "Record or stop" },
      play: { key: "p", label: "Play back or stop" },
      go: { key: "Enter", label: "Next, submit, five more" },
      skip: { key: "s", label: "Skip" },
      undo: { key: "u", label: "Undo a skip" },
      report: { key: "f", label: "Report" },
      first: { key: "1", label: "Sentence 1" },
      second: { key: "2", label: "Sentence 2" },
      third: { key: "3", label: "Sentence 3" },
      fourth: { key: "4", label: "Sentence 4" },
      fifth: { key: "5", label: "Sentence 5" },
    },
  },
  everywhere: {
    title: "Everywhere",
    actions: { help: { key: "?", label: "This list" } },
  },
};
