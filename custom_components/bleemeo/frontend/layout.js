/** Where the parts of a card stand: below each other, or side by side where there is room. */

import { element, place, setAttribute } from "./element.js";

const SIZES = [
  ["huge", 1240],
  ["large", 960],
  ["medium", 560],
  ["small", 0],
];
const WIDE = ["huge", "large"];
const BESIDE = ["incidents", "timeline"];

export class Layout {
  constructor(card) {
    this._card = card;
    this._side = element("div", { className: "side" });
    this.node = element("div", { className: "board" });
  }

  connect() {
    this._observer = new ResizeObserver(([{ contentRect }]) => this._resize(contentRect.width));
    this._observer.observe(this._card);
  }

  disconnect() {
    this._observer.disconnect();
  }

  /** Show these nodes, by the names of their parts. */
  show(parts) {
    this._parts = parts;
    const names = [...parts.keys()];
    const beside = names.filter((name) => BESIDE.includes(name));
    const isWide = WIDE.includes(this._card.getAttribute("size"));
    const isSplit = isWide && beside.length > 0 && parts.has("servers");
    setAttribute(this._card, "split", isSplit ? "" : null);
    const nodes = (some) => some.map((name) => parts.get(name));
    if (isSplit) {
      place(this._side, nodes(beside));
      const others = names.filter((name) => !BESIDE.includes(name));
      place(this.node, [...nodes(others), this._side]);
    } else {
      place(this.node, nodes(names));
    }
  }

  _resize(width) {
    const [size] = SIZES.find(([, least]) => width >= least);
    if (this._card.getAttribute("size") !== size) {
      this._card.setAttribute("size", size);
      if (this._parts) {
        this.show(this._parts);
      }
    }
  }
}
