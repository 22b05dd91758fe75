/**
 * What Home Assistant's own dialog of an entity shows first: its state as always, and below
 * it what a subclass knows. The attribute `custom_ui_state_card` names such an element.
 */

import { SECOND } from "./const.js";
import { element, setAttribute } from "./element.js";
import { formats } from "./format.js";
import { BASE_STYLE } from "./style.js";
import { loadTexts } from "./texts.js";

const STYLE = `
  :host { height: auto; }
`;

export class StateRow extends HTMLElement {
  constructor(style, box) {
    super();
    this._box = box;
    this._row = element("state-card-display", { inDialog: true });
    this.attachShadow({ mode: "open" }).append(
      element("style", { textContent: BASE_STYLE + STYLE + style }),
      this._row,
      box,
    );
  }

  set hass(hass) {
    this._hass = hass;
    // that of 2026.10 needs it
    this._row.hass = hass;
    setAttribute(this, "dark", hass.themes && hass.themes.darkMode ? "" : null);
    const texts = loadTexts(hass);
    if (this._texts !== texts) {
      this._texts = texts;
      texts.then(() => {
        this._areTextsReady = true;
        this._update();
      });
    }
    this._update();
  }

  set stateObj(stateObj) {
    this._stateObj = stateObj;
    this._row.stateObj = stateObj;
    this._update();
  }

  /** Whether it is the dialog of this entity, and not that of a group. */
  set inDialog(inDialog) {
    this._box.hidden = !inDialog;
  }

  connectedCallback() {
    this._ticking = setInterval(() => this._update(), SECOND);
  }

  disconnectedCallback() {
    clearInterval(this._ticking);
  }

  /**
   * Take what was set before the element was defined: a page that opens with the dialog
   * makes it, and does not wait for our modules.
   */
  _takeWhatWasSet() {
    for (const name of ["inDialog", "hass", "stateObj"]) {
      if (Object.prototype.hasOwnProperty.call(this, name)) {
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
    }
  }

  _update() {
    if (this._hass && this._stateObj && this._areTextsReady) {
      this._render(Date.now(), formats(this._hass));
    }
  }
}
