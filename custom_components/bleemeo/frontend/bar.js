/** A bar of time: what was wrong stands tall, what was fine lies low, so no colour is needed. */

import { DAY, MINUTE } from "./const.js";
import { element, isolated, setAttribute } from "./element.js";
import { covered, unknownSpans, unknownTime } from "./known.js";
import { phases } from "./model.js";
import { counted, text } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
// how much of the height each status takes
const HEIGHTS = { critical: 100, warning: 74, unknown: 54, ok: 34 };
const SILENCED_MOST = 34;
const ORDER = ["ok", "unknown", "warning", "critical"];
const PARTS = ["hatch", ...ORDER];
const GAP = 0.2;
// four strokes above each other, from the end of the first on
const STROKE = `l${1 - GAP}-24`;
const HATCH = `${STROKE}${`m${GAP - 1} 47${STROKE}`.repeat(3)}`;
const SPOKEN = 5;

/** Return into how many pieces a time is cut, so that one is a round time. */
export const pieces = (days) => ({ 1: 48, 7: 56, 30: 60, 90: 90 })[days] || 48;

/** A time that is cut into pieces. */
class Scale {
  constructor(from, to, count) {
    this.from = from;
    this.to = to;
    this.count = count;
    this._size = (to - from) / count;
  }

  index(at) {
    return Math.floor((at - this.from) / this._size);
  }

  /** Return of each piece whether spans cover half of it; of the last, whether its end. */
  covered(spans) {
    const found = new Array(this.count).fill(false);
    for (const [from, to] of spans) {
      const first = Math.max(0, this.index(from));
      const last = Math.min(this.count - 1, this.index(to));
      for (let index = first; index <= last; index += 1) {
        const start = this.from + index * this._size;
        const end = index === this.count - 1 ? this.to : start + this._size;
        found[index] =
          found[index] ||
          (index === this.count - 1
            ? to >= this.to
            : covered(spans, start, end) >= this._size / 2);
      }
    }
    return found;
  }
}

/** Return the worst status of each piece of a time; null where nothing is known. */
function cells(incidents, unknown, scale) {
  const found = scale.covered(unknown).map((isUnknown) => (isUnknown ? null : "ok"));
  for (const incident of incidents) {
    for (const phase of phases(incident, scale.to)) {
      const start = Math.max(0, scale.index(phase.from));
      const end = Math.min(scale.count - 1, scale.index(phase.to));
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
   * These are the incidents, since when and with which gaps anything is `known`, the spans
   * that were `quiet`, and the last `days`.
   */
  update({ incidents, known, quiet, days }, now, f) {
    const count = pieces(days);
    const scale = new Scale(now - days * DAY, now, count);
    const found = cells(incidents, unknownSpans(known, scale.from, now), scale);
    const silenced = scale.covered(quiet);
    const drawn = PARTS.map(() => "");
    found.forEach((status, index) => {
      const isQuiet = silenced[index];
      if (status === null || isQuiet) {
        drawn[0] += `M${index + GAP / 2} 30${HATCH}`;
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
    const unknown = unknownTime(known, scale.from, now, now);
    const quietFor = covered(quiet, scale.from, now);
    const words = [
      unknown >= now - scale.from
        ? text("bar.nothing", { time: f.days(days) })
        : this._events(incidents, days, scale.from, now, f),
      unknown && unknown < now - scale.from
        ? text("bar.unknown", { duration: f.duration(unknown) })
        : "",
      quietFor > MINUTE ? text("bar.silenced", { duration: f.duration(quietFor) }) : "",
    ];
    const spoken = words.filter(Boolean).join("; ");
    setAttribute(this.node, "aria-label", spoken);
    this.node.title = spoken;
  }

  _events(incidents, days, from, now, f) {
    const shown = incidents.filter(({ ended }) => !ended || ended > from);
    const time = f.days(days);
    if (!shown.length) {
      return text("bar.calm", { time });
    }
    const events = shown
      .slice(0, SPOKEN)
      .map(({ metric_name, title, worst, began, ended }) =>
        [
          isolated(metric_name || title),
          text(`state.${worst}`),
          `${f.when(began, now)}, ${f.duration((ended || now) - began)}`,
        ].join(" "),
      );
    return counted("bar.events", shown.length, { time, events: events.join("; ") });
  }
}
