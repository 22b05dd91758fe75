/** A tablet on the wall: large type, no menu, and dark while all is fine. */

import { SECOND } from "./const.js";
import { button, setText } from "./element.js";
import { verdict } from "./model.js";
import { pageHass, text } from "./texts.js";

// somebody who touches the screen wants to see it for so long
const AWAKE = 60 * SECOND;
const CALM = ["ok", "attended"];

export class WallMode {
  constructor(card) {
    this._card = card;
    this._leave = button("leave", () => this._standAlone(false));
    this._leave.hidden = true;
    this._wake = () => {
      this._wasTouched = true;
      this._stayAwake();
    };
  }

  configure(isOn) {
    this._isOn = isOn;
    this._card.toggleAttribute("wall", isOn);
    if (isOn) {
      this._card.shadowRoot.append(this._leave);
    } else {
      this._leave.remove();
    }
    if (this._card.isConnected) {
      this.connect();
    }
  }

  connect() {
    if (!this._isOn || this._isListening) {
      return;
    }
    this._isListening = true;
    window.addEventListener("pointerdown", this._wake, { passive: true });
    window.addEventListener("keydown", this._wake, { passive: true });
    this._stayAwake();
    this.follow();
  }

  /** Stand alone on the screen, but never in an editor, whose form it would cover. */
  follow() {
    this._standAlone(Boolean(this._isListening) && !this._card.preview);
  }

  disconnect() {
    if (this._isListening) {
      this._isListening = false;
      window.removeEventListener("pointerdown", this._wake);
      window.removeEventListener("keydown", this._wake);
      this._standAlone(false);
    }
  }

  update({ store, selection }) {
    setText(this._leave, text("card.menu"));
    this._isCalm = CALM.includes(verdict(store, selection).kind);
    this._dim();
  }

  tick() {
    this._dim();
  }

  _stayAwake() {
    this._awakeUntil = Date.now() + AWAKE;
    this._dim();
  }

  /** Darken what nobody looks at while all is fine; offer the menu to who touches it. */
  _dim() {
    const isAwake = Date.now() <= this._awakeUntil;
    this._leave.hidden = !this._isAlone || !isAwake || !this._wasTouched;
    const isDim = Boolean(this._isAlone && this._isCalm && !isAwake);
    if (this._card.hasAttribute("dim") !== isDim) {
      this._card.toggleAttribute("dim", isDim);
    }
  }

  /** Stand alone on the screen, or beside Home Assistant's menu and title. */
  _standAlone(isAlone) {
    if (Boolean(this._isAlone) === isAlone) {
      return;
    }
    this._isAlone = isAlone;
    this._card.toggleAttribute("alone", isAlone);
    if (isAlone) {
      // an app may have hidden the menu for reasons of its own
      this._wasHidden = Boolean((pageHass() || {}).kioskMode);
    }
    // what the frontend cannot hide is covered all the same
    const detail = { enable: isAlone || this._wasHidden };
    window.dispatchEvent(new CustomEvent("hass-kiosk-mode", { detail }));
  }
}
