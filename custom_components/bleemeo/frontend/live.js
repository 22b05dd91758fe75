/** What our elements in Home Assistant's pages share: its colours, its words and the time. */

import { SECOND } from "./const.js";
import { setDark } from "./element.js";
import { loadTexts } from "./texts.js";

/** An element that is drawn by `_render`, in the user's language, and goes on by `_tick`. */
export class Live extends HTMLElement {
  set hass(hass) {
    this._hass = hass;
    setDark(this, hass);
    const texts = loadTexts(hass);
    if (this._texts !== texts) {
      this._texts = texts;
      texts.then(() => {
        this._areTextsReady = true;
        this._render();
      });
    }
  }

  connectedCallback() {
    this._ticking = setInterval(() => this._tick(), SECOND);
  }

  disconnectedCallback() {
    clearInterval(this._ticking);
  }
}
