/** When a person last looked: a screen that is only on is not a look. */

import { DOMAIN } from "./const.js";

// how often somebody must do something before it counts
const SIGNS = ["pointerdown", "keydown", "wheel"];

const read = (key) => {
  try {
    return +localStorage.getItem(key) || 0;
  } catch {
    return 0;
  }
};

/**
 * What began and ended after the last look is new, until the next visit. A visit on which
 * nobody touched anything is none, so a tablet on the wall keeps its marks.
 */
export class LastLook {
  constructor(user, node) {
    this._key = `${DOMAIN}-looked-${user ? user.id : ""}`;
    this._since = read(this._key);
    this._node = node;
    if (!this._since) {
      // at the first visit nothing is marked
      this.now(Date.now());
    }
    this._onSign = () => {
      this._looked = true;
    };
    this._onHide = () => {
      if (document.visibilityState === "hidden") {
        this._keep();
      }
    };
    SIGNS.forEach((sign) => window.addEventListener(sign, this._onSign, { passive: true }));
    document.addEventListener("visibilitychange", this._onHide);
  }

  isNew({ ended }) {
    return Boolean(ended) && ended > this._since;
  }

  /** Everything until this time has been looked at. */
  now(at) {
    this._since = at;
    this._write(at);
  }

  /** Stop watching: the view is left. */
  end() {
    this._keep();
    SIGNS.forEach((sign) => window.removeEventListener(sign, this._onSign));
    document.removeEventListener("visibilitychange", this._onHide);
  }

  _keep() {
    if (this._looked) {
      this._looked = false;
      this._write(Date.now());
    }
  }

  _write(at) {
    try {
      localStorage.setItem(this._key, at);
    } catch {
      // a browser that keeps nothing marks nothing
    }
  }
}
