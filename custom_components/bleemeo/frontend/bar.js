/** A bar of time: what was wrong stands tall, what was fine lies low, so no colour is needed. */

import { DAY } from "./const.js";
import { element, setAttribute } from "./element.js";
import { phases } from "./model.js";
import { counted, text } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
// how much of the height each status takes
const HEIGHTS = { critical: 100, warning: 74, unknown: 54, ok: 34 };
const SILENCED_MOST = 34;
const ORDER = ["ok", "unknown", "warning", "critical"];
const PARTS = ["hatch", ...ORDER];
const GAP = 0.2;
const SPOKEN = 5;

/** Return into how many pieces a time is cut, so that one is a round time. */
export const pieces = (days) => ({ 1: 48, 7: 56, 30: 60, 90: 90 })[days] || 48;

/** Return the worst status of each piece of a time; null where nothing is known. */
function cells(incidents, knownSince, from, to, count) {
  const size = (to - from) / count;
  const found = new Array(count).fill(null);
  if (knownSince !== null) {
    const first = Math.max(0, Math.floor((knownSince - from) / size));
    found.fill("ok", Math.min(first, count));
  }
  for (const incident of incidents) {
    for (const phase of phases(incident, to)) {
      const start = Math.max(0, Math.floor((phase.from - from) / size));
      const end = Math.min(count - 1, Math.floor((phase.to - from) / size));
      for (let index = start; index <= end; index += 1) {
        if (ORDER.indexOf(phase.status) > ORDER.indexOf(found[index])) {
          found[index] = phase.status;
        }
      }
    }
  }
  return found;
}

/** A bar; `update` draws it, at the cost of five attributes. */
export class Bar {
  constructor() {
    this._svg = document.createElementNS(SVG, "svg");
    this._svg.setAttribute("preserveAspectRatio", "none");
    this._svg.setAttribute("aria-hidden", "true");
    this._paths = PARTS.map((part) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", part);
      this._svg.append(path);
      return path;
    });
    this.node = element("div", { className: "bar", role: "img" }, this._svg);
  }

  /**
   * Draw what happened.
   *
   * `of` has the incidents, `known` since when anything is known, `silence` where it is
   * quiet, and the `days` to show.
   */
  update({ incidents, known, silence, days }, now, f) {
    const count = pieces(days);
    const from = now - days * DAY;
    const size = (now - from) / count;
    const found = cells(incidents, known, from, now, count);
    const quietFrom = silence ? (Date.parse(silence.from) - from) / size : Infinity;
    const drawn = PARTS.map(() => "");
    found.forEach((status, index) => {
      const isQuiet = index >= Math.floor(quietFrom);
      if (status === null || isQuiet) {
        drawn[0] += `M${index + GAP / 2} 100L${index + 1 - GAP / 2} 0`;
      }
      if (status === null || (isQuiet && status === "ok")) {
        return;
      }
      const height = isQuiet ? SILENCED_MOST : HEIGHTS[status];
      drawn[PARTS.indexOf(status)] +=
        `M${index + GAP / 2} ${100 - height}h${1 - GAP}v${height}h${GAP - 1}z`;
    });
    setAttribute(this._svg, "viewBox", `0 0 ${count} 100`);
    this._paths.forEach((path, index) => setAttribute(path, "d", drawn[index]));
    setAttribute(this.node, "aria-label", this._spoken(incidents, days, from, now, f));
  }

  _spoken(incidents, days, from, now, f) {
    const shown = incidents.filter(({ ended }) => !ended || ended > from);
    const time = f.days(days);
    if (!shown.length) {
      return text("bar.calm", { time });
    }
    const events = shown
      .slice(0, SPOKEN)
      .map(({ metric_name, title, worst, began, ended }) =>
        [
          metric_name || title,
          text(`state.${worst}`),
          `${f.when(began, now)}, ${f.duration((ended || now) - began)}`,
        ].join(" "),
      );
    return counted("bar.events", shown.length, { time, events: events.join("; ") });
  }
}
