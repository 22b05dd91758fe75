/**
 * What Home Assistant's own dialog of a metric says first: its state as always, and what
 * is wrong, since when, and who has seen it. The attribute `custom_ui_state_card` of the
 * status sensor names this element.
 */

import { acknowledgedWords, Notice, seenWords, spans } from "./actions.js";
import { SECOND } from "./const.js";
import { button, element, joined, place, setAttribute, setText } from "./element.js";
import { formats } from "./format.js";
import { Gauge } from "./gauge.js";
import { plain } from "./read.js";
import { DIALOG_STYLE } from "./style-dialog.js";
import { BASE_STYLE } from "./style.js";
import { counted, loadTexts, text } from "./texts.js";

const STYLE = `
  :host { height: auto; }
  .metric { display: grid; gap: 10px; padding-top: 12px; }
  .metric p:empty { display: none; }
`;

export class MoreInfo extends HTMLElement {
  constructor() {
    super();
    this._notice = new Notice();
    this._state = element("state-card-display", { inDialog: true });
    this._text = element("p", { className: "said" });
    this._gauge = new Gauge();
    this._since = element("p", { className: "seen" });
    this._seen = element("p", { className: "seen" });
    this._quiet = element("p", { className: "seen" });
    this._buttons = element("div", { className: "buttons", role: "group" });
    this._box = element(
      "div",
      {},
      this._text,
      this._gauge.node,
      this._since,
      this._seen,
      this._quiet,
      this._buttons,
      this._notice.node,
    );
    this.attachShadow({ mode: "open" }).append(
      element("style", { textContent: BASE_STYLE + DIALOG_STYLE + STYLE }),
      this._state,
      this._box,
    );
    // a page that opens with the dialog may have made this element, and told it all of
    // that, before this module was there
    for (const name of ["inDialog", "hass", "stateObj"].filter((each) => Object.hasOwn(this, each))) {
      const told = this[name];
      delete this[name];
      this[name] = told;
    }
  }

  set hass(hass) {
    this._hass = hass;
    // that of 2026.10 needs it
    this._state.hass = hass;
    setAttribute(this, "dark", hass.themes && hass.themes.darkMode ? "" : null);
    const texts = loadTexts(hass);
    if (this._texts !== texts) {
      this._texts = texts;
      texts.then(() => {
        this._areTextsReady = true;
        this._render();
      });
    }
    this._render();
  }

  set stateObj(stateObj) {
    this._stateObj = stateObj;
    this._state.stateObj = stateObj;
    this._render();
  }

  /** Whether it is the dialog of this metric, and not that of a group. */
  set inDialog(inDialog) {
    this._box.hidden = !inDialog;
  }

  connectedCallback() {
    this._ticking = setInterval(() => this._render(), SECOND);
  }

  disconnectedCallback() {
    clearInterval(this._ticking);
  }

  _render() {
    if (!this._hass || !this._stateObj || !this._areTextsReady) {
      return;
    }
    const { entity_id, state, attributes } = this._stateObj;
    const f = formats(this._hass);
    const now = Date.now();
    const began = Date.parse(attributes.incident_began_at);
    const isOpen = state !== "ok" && began > 0;
    this._box.className = `metric ${state}`;
    setText(this._text, plain(attributes.text) || "");
    this._gauge.update(attributes, f);
    setText(
      this._since,
      isOpen ? joined(text("hero.since", { time: f.when(began, now) }), f.duration(now - began)) : "",
    );
    const acknowledged = attributes.acknowledged && {
      at: attributes.acknowledged_at,
      until: attributes.acknowledged_until,
      by: plain(attributes.acknowledged_by),
      comment: plain(attributes.acknowledgement_comment),
    };
    setText(this._seen, seenWords({ acknowledged }, now, f));
    setText(
      this._quiet,
      joined(
        attributes.silenced && text("silence.on"),
        attributes.dependent && text("incidents.unreachable"),
        attributes.flapping && text("incidents.flapping"),
        attributes.is_test && text("incidents.test"),
      ),
    );
    this._showButtons(isOpen, Boolean(acknowledged), { entity_id: [entity_id] }, now, f);
  }

  /** Make the buttons anew only when they differ: one of them may be in the focus. */
  _showButtons(isOpen, isSeen, target, now, f) {
    const built = [isOpen, isSeen, target.entity_id, f.language].join();
    if (this._built === built) {
      return;
    }
    this._built = built;
    const act = (action, data, words) => this._notice.act(this._hass, action, target, data, words);
    const make = ({ key, data }, index) =>
      button(
        index ? "action" : "action primary",
        () => act("acknowledge", data, acknowledgedWords([target])),
        index ? text(`span.${key}`) : text("action.acknowledge"),
      );
    const takeBack = () => act("unacknowledge", {}, counted("action.done_unacknowledge", 1));
    const all = isSeen
      ? [button("action", takeBack, text("action.unacknowledge"))]
      : spans(now, f).map(make);
    place(this._buttons, isOpen ? all : []);
    this._buttons.setAttribute("aria-label", text("action.acknowledge"));
  }
}
