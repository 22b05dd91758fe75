/** What our elements in Home Assistant's pages share: its colours, words, time and dialogs. */

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
      // what is drawn in two languages would stay so until it changes
      this._areTextsReady = false;
      texts.then((areReady) => {
        if (areReady && this._texts === texts) {
          this._areTextsReady = true;
          this._render();
        }
      });
    }
  }

  connectedCallback() {
    this._ticking = setInterval(() => this._tick(), SECOND);
  }

  disconnectedCallback() {
    clearInterval(this._ticking);
  }

  /** Open Home Assistant's dialog of an entity, if there is one. */
  showMore(entityId) {
    if (entityId) {
      const detail = { entityId };
      this.dispatchEvent(
        new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }),
      );
    }
  }
}
