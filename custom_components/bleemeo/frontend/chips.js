/** Chips of which one is chosen, and a box to search in. */

import { button, element, place, setAttribute, setText } from "./element.js";
import { text } from "./texts.js";

/** A row of chips; `choose` is told the key of the one that was pressed. */
export class Chips {
  constructor(choose) {
    this._choose = choose;
    this._made = new Map();
    this.node = element("div", { className: "chips", role: "group" });
  }

  /** Show chips of a key and words; none where there would be nothing to choose. */
  update(label, chips, chosen) {
    setAttribute(this.node, "aria-label", label);
    this.node.hidden = chips.length < 2;
    place(
      this.node,
      (chips.length < 2 ? [] : chips).map(([key, words]) => {
        if (!this._made.has(key)) {
          this._made.set(
            key,
            button("chip", () => this._choose(key)),
          );
        }
        const chip = this._made.get(key);
        setText(chip, words);
        setAttribute(chip, "aria-pressed", key === chosen);
        return chip;
      }),
    );
  }
}

/** A search box; `search` is told what is in it. */
export class Search {
  constructor(search) {
    this.node = element("input", {
      className: "search",
      type: "search",
      hidden: true,
      oninput: () => search(this.words),
    });
  }

  get words() {
    return this.node.hidden ? "" : this.node.value.trim().toLowerCase();
  }

  update(isUseful) {
    // what somebody is typing into stays
    this.node.hidden = !isUseful && !this.node.value;
    this.node.placeholder = text("search.placeholder");
    setAttribute(this.node, "aria-label", text("search.placeholder"));
  }
}
