/**
 * What Home Assistant's own dialog of a problem says first, of a server's or the account's:
 * its state as always, and what is open there, each a way to its own dialog.
 */

import { openFor, seenWords } from "./actions.js";
import { DOMAIN, ICONS, STATUSES } from "./const.js";
import { button, element, joined, place, setText, symbol } from "./element.js";
import { plain, readBegan, readSeen } from "./read.js";
import { quietWords, StateRow } from "./state-row.js";
import { text } from "./texts.js";

const STYLE = `
  .open { padding-top: 4px; }
  .open button { display: flex; gap: 12px; align-items: flex-start; width: 100%; min-height: 44px; padding: 8px 0;
    border-top: 1px solid var(--line); }
  .open ha-icon { flex: none; --mdc-icon-size: 24px; }
  .open .text { flex: 1; min-width: 0; display: grid; overflow-wrap: anywhere; }
  .open b { font-weight: 500; }
  .what { unicode-bidi: plaintext; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
  .what, .seen, .since, .more { color: var(--soft); }
  .open .text :empty, .more:empty { display: none; }
`;
// at first
const MOST = 10;

/** Return the ids of a device and of all that is a part of it or connected through it. */
function devicesOf(devices, id) {
  const found = new Set([id]);
  let before;
  do {
    before = found.size;
    for (const each of Object.values(devices)) {
      if (found.has(each.parent_device_id) || found.has(each.via_device_id)) {
        found.add(each.id);
      }
    }
  } while (found.size > before);
  return found;
}

/** Return the names of the devices from below one down to another that belongs to it. */
function namesBelow(devices, top, id) {
  const device = devices[id];
  if (!device || id === top) {
    return [];
  }
  const above = namesBelow(devices, top, device.parent_device_id || device.via_device_id);
  return [...above, plain(device.name_by_user || device.name)];
}

/**
 * Return the open alerts of a device: first what needs attention, of that the worst, and of
 * these the longest open.
 */
function openOf({ devices, entities, states }, deviceId) {
  const ids = devicesOf(devices, deviceId);
  // the account's leaves tests out
  const withTests = devices[deviceId] && devices[deviceId].via_device_id;
  return Object.values(entities)
    .filter((entity) => entity.platform === DOMAIN && ids.has(entity.device_id))
    .map((entity) => [entity, states[entity.entity_id]])
    .filter(
      ([, state]) =>
        state &&
        STATUSES.includes(state.state) &&
        // which only the status sensors of metrics have
        state.attributes.incident_began_at &&
        (withTests || !state.attributes.is_test),
    )
    .map(([entity, { state, attributes }]) => ({
      id: entity.entity_id,
      status: state,
      where: namesBelow(devices, deviceId, entity.device_id),
      name: plain(entity.name || attributes.friendly_name),
      said: plain(attributes.text),
      ...readBegan(attributes),
      acknowledged: readSeen(attributes),
      quiet: quietWords(attributes),
      needs_attention: attributes.needs_attention,
    }))
    .sort(
      (a, b) =>
        b.needs_attention - a.needs_attention ||
        STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
        a.began - b.began,
    );
}

/** Return how many alerts of a device are open by its Status, if that is enabled. */
const countOf = ({ entities, states }, deviceId) =>
  Object.values(entities)
    .filter((entity) => entity.platform === DOMAIN && entity.device_id === deviceId)
    .map((entity) => states[entity.entity_id])
    .reduce((most, state) => Math.max(most, (state && state.attributes.open) || 0), 0);

/** One open alert. */
class Line {
  constructor(open) {
    this._symbol = symbol();
    this._name = element("b", {});
    this._what = element("span", { className: "what" });
    this._seen = element("span", { className: "seen" });
    this._since = element("span", { className: "since" });
    this.node = button(
      "",
      open,
      this._symbol,
      element("span", { className: "text" }, this._name, this._what, this._seen),
      this._since,
    );
  }

  update(alert, now, f) {
    const { status, where, name, said, quiet } = alert;
    this.node.className = status;
    this._symbol.icon = ICONS[status];
    setText(this._name, joined(...where, name));
    setText(this._what, joined(text(`status.${status}`), said));
    setText(this._seen, joined(seenWords(alert, now, f), quiet));
    setText(this._since, openFor(alert, now, f));
  }
}

export class OpenAlerts extends StateRow {
  constructor() {
    super(STYLE, element("div", { className: "open" }));
    this._lines = new Map();
    this._isAll = false;
    this._all = button("action", () => {
      this._isAll = true;
      this._render();
      this._box.children[MOST].focus();
    });
    this._more = element("p", { className: "more" });
    this._takeWhatWasSet();
  }

  _draw(now, f) {
    const entity = this._hass.entities[this._stateObj.entity_id];
    const open = entity && entity.device_id ? openOf(this._hass, entity.device_id) : [];
    const shown = this._isAll ? open : open.slice(0, MOST);
    place(this._box, [
      ...shown.map((alert) => {
        if (!this._lines.has(alert.id)) {
          this._lines.set(alert.id, new Line(() => this.showMore(alert.id)));
        }
        const line = this._lines.get(alert.id);
        line.update(alert, now, f);
        return line.node;
      }),
      ...(shown.length < open.length ? [this._all] : []),
      this._more,
    ]);
    // the status sensor of a metric may be disabled, or there was no room for it
    const count = entity ? countOf(this._hass, entity.device_id) : 0;
    const left = Math.max(open.length, count) - shown.length;
    const more = shown.length
      ? text("voice.more_alerts", { count: f.number(left) })
      : joined(text("incidents.title"), f.number(left));
    setText(this._all, more);
    setText(this._more, left && !this._all.isConnected ? more : "");
  }
}
