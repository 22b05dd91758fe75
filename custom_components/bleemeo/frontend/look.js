/** When a person last looked: a screen that is only on is not a look. */

import { keep, kept } from "./kept.js";

// what only a person does
const SIGNS = ["pointerdown", "keydown", "wheel"];

/**
 * What began and ended after the last look is new, until the next visit. A visit on which
 * nobody touched anything is none, so a tablet on the wall keeps its marks.
 */
export class LastLook {
  constructor(user, node) {
    this._key = `looked-${user ? user.id : ""}`;
    this._since = kept(this._key);
    if (!this._since) {
      // at the first visit nothing is marked
      this.now(Date.now());
    }
    this._onSign = () => {
      this._isThere = true;
      this._looked = this._looked || this._isInView;
    };
    this._observer = new IntersectionObserver(([{ isIntersecting }]) => {
      this._isInView = isIntersecting;
      this._looked = this._looked || (isIntersecting && this._isThere);
    });
    this._observer.observe(node);
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
    keep(this._key, at);
  }

  /** Stop watching: the view is left. */
  end() {
    this._keep();
    this._observer.disconnect();
    SIGNS.forEach((sign) => window.removeEventListener(sign, this._onSign));
    document.removeEventListener("visibilitychange", this._onHide);
  }

  _keep() {
    if (this._looked) {
      this._looked = false;
      keep(this._key, Date.now());
    }
  }
}
