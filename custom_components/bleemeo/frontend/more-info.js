/**
 * What Home Assistant's own dialogs of a metric say first, that of its status sensor and
 * that of its problem sensor: the state as always, and what is wrong, since when, and who
 * has seen it.
 */

import { acknowledgedWords, Notice, seenWords, sinceWords, spans } from "./actions.js";
import { DOMAIN, STATUSES } from "./const.js";
import { button, element, joined, place, setText } from "./element.js";
import { Gauge } from "./gauge.js";
import { plain, readBegan, readSeen } from "./read.js";
import { quietWords, StateRow } from "./state-row.js";
import { DIALOG_STYLE } from "./style-dialog.js";
import { counted, text } from "./texts.js";

const STYLE = `
  .metric { display: grid; gap: 10px; padding-top: 12px; }
  .metric p:empty { display: none; }
`;

const isStatus = (state) => state && "incident_began_at" in state.attributes;

/**
 * Return the state of a metric's status sensor, by that of either of its two sensors.
 *
 * Where it is disabled or the user may not see it, that of the other says nothing.
 */
function statusOf({ entities, states }, stateObj) {
  if (isStatus(stateObj)) {
    return stateObj;
  }
  const { device_id } = entities[stateObj.entity_id] || {};
  const found = Object.values(entities)
    .filter((entity) => entity.device_id === device_id)
    .map((entity) => states[entity.entity_id])
    .find(
      (state) =>
        isStatus(state) && state.attributes.metric_id === stateObj.attributes.metric_id,
    );
  return found || stateObj;
}

export class MoreInfo extends StateRow {
  constructor() {
    super(DIALOG_STYLE + STYLE, element("div", {}));
    this._notice = new Notice();
    this._text = element("p", { className: "said" });
    this._gauge = new Gauge();
    this._since = element("p", { className: "seen" });
    this._seen = element("p", { className: "seen" });
    this._quiet = element("p", { className: "seen" });
    this._buttons = element("div", { className: "buttons", role: "group" });
    this._box.append(
      this._text,
      this._gauge.node,
      this._since,
      this._seen,
      this._quiet,
      this._buttons,
      this._notice.node,
    );
    this._takeWhatWasSet();
  }

  /** Ask once whether the user may act, which the frontend knows only of an administrator. */
  _ask(entity_id) {
    if (this._asked === entity_id) {
      return;
    }
    this._asked = entity_id;
    this._mayControl = this._hass.user.is_admin;
    if (!this._mayControl) {
      // what is not answered offers nothing; a dialog that is opened later asks anew
      this._hass
        .callWS({ type: `${DOMAIN}/may_control`, entity_id })
        .catch(() => ({}))
        .then(({ may_control }) => {
          if (this._asked === entity_id) {
            this._mayControl = Boolean(may_control);
            this._render();
          }
        });
    }
  }

  _draw(now, f) {
    const metric = statusOf(this._hass, this._stateObj);
    const { entity_id, state, attributes } = metric;
    const began = readBegan(attributes);
    const isOpen = STATUSES.includes(state) && began.began > 0;
    if (isOpen && !this._box.hidden) {
      this._ask(entity_id);
    }
    this._box.className = `metric ${state}`;
    const said = plain(attributes.text) || "";
    // the state of a problem sensor does not say how bad it is
    const isUnsaid = isOpen && metric !== this._stateObj;
    setText(this._text, isUnsaid ? joined(text(`status.${state}`), said) : said);
    this._gauge.update(attributes, f);
    setText(this._since, isOpen ? sinceWords(began, now, f) : "");
    const acknowledged = readSeen(attributes);
    setText(this._seen, seenWords({ acknowledged }, now, f));
    setText(this._quiet, quietWords(attributes));
    this._showButtons(isOpen && this._mayControl, Boolean(acknowledged), { entity_id: [entity_id] }, now, f);
  }

  /** Make the buttons anew only when they differ: one of them may be in the focus. */
  _showButtons(isOffered, isSeen, target, now, f) {
    const built = [isOffered, isSeen, target.entity_id, f.language].join();
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
    place(this._buttons, isOffered ? all : []);
    this._buttons.setAttribute("aria-label", text("action.acknowledge"));
  }
}
