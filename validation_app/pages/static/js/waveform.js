/** A waveform of bars: a clip's outline with what was played of it, or the level as one speaks. */

const SVG = "http://www.w3.org/2000/svg";
const BARS = 64;
const STEP = 8;
const BAR = 4;
const HEIGHT = 96;

export class Waveform {
  /** @param {SVGSVGElement} svg which it fills */
  constructor(svg) {
    svg.setAttribute("viewBox", `0 0 ${BARS * STEP - (STEP - BAR)} ${HEIGHT}`);
    this.bars = Array.from({ length: BARS }, (_, at) => {
      const bar = document.createElementNS(SVG, "rect");
      bar.setAttribute("x", String(at * STEP));
      bar.setAttribute("width", String(BAR));
      bar.setAttribute("rx", String(BAR / 2));
      return bar;
    });
    svg.replaceChildren(...this.bars);
    /** @type {number[]} */
    this.levels = [];
    this.clear();
  }

  static get count() {
    return BARS;
  }

  /** A still line of dots. */
  clear() {
    this.show(Array(BARS).fill(0));
  }

  /** @param {number[]} levels BARS of them, 0 to 1 */
  show(levels) {
    this.levels = levels;
    const most = Math.max(0.25, ...levels);
    levels.forEach((level, at) => this.#size(at, level / most));
    this.progress(0);
  }

  /** The newest level comes in from the right. @param {number} level 0 to 1 */
  push(level) {
    this.levels = [...this.levels.slice(1), level];
    this.levels.forEach((one, at) => this.#size(at, Math.sqrt(one)));
    for (const [at, bar] of this.bars.entries()) bar.classList.toggle("on", this.levels[at] > 0);
  }

  /** @param {number} part 0 to 1, how much of it was played */
  progress(part) {
    for (const [at, bar] of this.bars.entries()) bar.classList.toggle("on", (at + 0.5) / BARS < part);
  }

  /** @param {number} at @param {number} part 0 to 1 of the height */
  #size(at, part) {
    const height = Math.max(BAR, Math.min(1, part) * HEIGHT);
    this.bars[at].setAttribute("height", height.toFixed(1));
    this.bars[at].setAttribute("y", ((HEIGHT - height) / 2).toFixed(1));
  }
}
