/**
 * What Home Assistant's own dialog of an entity shows first: its state as always, and below
 * it what a subclass draws. The attribute `custom_ui_state_card` names such an element.
 */

import { element, joined } from "./element.js";
import { formats } from "./format.js";
import { Live } from "./live.js";
import { BASE_STYLE } from "./style.js";
import { text } from "./texts.js";

const STYLE = `
  :host { height: auto; }
`;

/** Return what keeps a metric quiet beside who has seen it, and whether it is a test. */
export const quietWords = ({ silenced, dependent, flapping, is_test }) =>
  joined(
    silenced && text("silence.on"),
    dependent && text("incidents.unreachable"),
    flapping && text("incidents.flapping"),
    is_test && text("incidents.test"),
  );

export class StateRow extends Live {
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
    super.hass = hass;
    // that of 2026.10 needs it
    this._row.hass = hass;
    this._render();
  }

  set stateObj(stateObj) {
    this._stateObj = stateObj;
    this._row.stateObj = stateObj;
    this._render();
  }

  /** Whether it is the dialog of this entity, and not that of a group. */
  set inDialog(inDialog) {
    this._box.hidden = !inDialog;
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

  _tick() {
    this._render();
  }

  _render() {
    if (this._hass && this._stateObj && this._areTextsReady) {
      this._draw(Date.now(), formats(this._hass));
    }
  }
}
