/** When a person last looked: a screen that is only on is not a look. */

import { DOMAIN } from "./const.js";

// what only a person does
const SIGNS = ["pointerdown", "keydown", "wheel"];
const KEY = `${DOMAIN}_looked`;

/**
 * What began and ended after the last look is new, until the next visit. A visit on which
 * nobody touched anything is none, so a tablet on the wall keeps its marks.
 *
 * Home Assistant keeps it for the user, whatever they look with; `changed` is called once
 * it has said so.
 */
export class LastLook {
  constructor({ hass, store }, node, changed) {
    this._hass = hass;
    this._clock = () => store.now();
    // nothing is new until it is known what was seen
    this._since = Infinity;
    this._load(changed);
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
        this._keepLook();
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
    this._keep(at);
  }

  /** Stop watching: the view is left. */
  end() {
    this._keepLook();
    this._isOver = true;
    this._observer.disconnect();
    SIGNS.forEach((sign) => window.removeEventListener(sign, this._onSign));
    document.removeEventListener("visibilitychange", this._onHide);
  }

  async _load(changed) {
    let kept;
    try {
      kept = (await this._hass.callWS({ type: "frontend/get_user_data", key: KEY })).value;
    } catch {
      // a screen that keeps nothing marks nothing
      return;
    }
    if (this._isOver || this._since !== Infinity) {
      return;
    }
    if (typeof kept === "number") {
      this._since = kept;
    } else {
      // at the first visit nothing is marked
      this.now(this._clock());
    }
    changed();
  }

  _keepLook() {
    if (this._looked) {
      this._looked = false;
      this._keep(this._clock());
    }
  }

  _keep(value) {
    // what is not kept is new again the next time
    this._hass.callWS({ type: "frontend/set_user_data", key: KEY, value }).catch(() => {});
  }
}
