/** A value against its threshold, as a bar. */

import { element, setText } from "./element.js";
import { text } from "./texts.js";

// the threshold stands here, so that there is room beyond it
const THRESHOLD_AT = 0.75;

export class Gauge {
  constructor() {
    this._words = element("p", {});
    this._fill = element("div", { className: "fill" });
    this._mark = element("div", { className: "mark" });
    this.node = element(
      "div",
      { className: "gauge" },
      this._words,
      element("div", { className: "track", "aria-hidden": "true" }, this._fill, this._mark),
    );
  }

  update({ value, threshold, unit }, f) {
    const isNumber = typeof value === "number" && typeof threshold === "number";
    this.node.hidden = !isNumber;
    if (!isNumber) {
      return;
    }
    const words = (number) => (unit ? `${f.number(number)} ${unit}` : f.number(number));
    setText(
      this._words,
      text("dialog.value", { value: words(value), threshold: words(threshold) }),
    );
    const most = unit === "%" ? 100 : Math.max(Math.abs(threshold) / THRESHOLD_AT, Math.abs(value));
    const share = (number) => `${Math.min(100, (100 * Math.abs(number)) / (most || 1))}%`;
    this._fill.style.width = share(value);
    this._mark.style.left = share(threshold);
  }
}
