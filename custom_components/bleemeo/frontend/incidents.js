/** The open alerts, by server: what needs somebody first. */

import { acknowledgedWords, targetOfIncidents } from "./actions.js";
import { STATUSES } from "./const.js";
import { button, element, setAttribute, setText } from "./element.js";
import { Chips, Search } from "./chips.js";
import { Group } from "./group.js";
import { byUrgency, countByStatus, isFolded, within } from "./model.js";
import { counted, text } from "./texts.js";
import { List } from "./virtual.js";

const SEARCH_FROM = 20;
const MOST_AREAS = 8;
// as few as this are unfolded from the beginning
const FEW_GROUPS = 4;

export class Incidents {
  constructor(host) {
    this._host = host;
    this._severity = "all";
    this._area = "all";
    this._unfolded = new Map();
    this._title = element("h2", {});
    this._sub = element("span", { className: "sub" });
    this._severities = new Chips((key) => this._choose("_severity", key));
    this._areas = new Chips((key) => this._choose("_area", key));
    this._search = new Search(() => this.update(this._view));
    this._all = button("action", () => this._acknowledgeAll());
    this._list = new List({
      make: (item) => new Group(this, item.key),
      size: 12,
      height: 76,
    });
    this._none = element("p", { className: "none" });
    this.node = element(
      "section",
      { className: "part incidents" },
      element("header", {}, this._title, this._sub, this._all),
      element("div", { className: "filters" }, this._severities.node, this._areas.node, this._search.node),
      this._list.node,
      this._none,
    );
  }

  get view() {
    return this._view;
  }

  get host() {
    return this._host;
  }

  update(view) {
    this._view = view;
    const { selection, f, options } = view;
    const open = selection.open.filter(({ status }) => within(options.severity, status));
    this.isEmpty = !open.length;
    setText(this._title, options.title || text("incidents.title"));
    this._showFilters(open);
    const shown = open.filter((incident) => this._isShown(incident));
    this._shown = shown;
    const groups = this._grouped(shown);
    this._few = groups.length <= FEW_GROUPS;
    const needing = open.filter(({ needs_attention }) => needs_attention).length;
    setText(
      this._sub,
      open.length ? text("incidents.needs", { count: f.number(needing), open: f.number(open.length) }) : "",
    );
    const left = this._left();
    const hadFocus = this.node.getRootNode().activeElement === this._all;
    this._all.hidden = left.length < 2;
    if (hadFocus && this._all.hidden) {
      this._list.node.focus();
    }
    setText(this._all, counted("incidents.acknowledge_shown", left.length));
    setText(this._none, open.length ? text("search.none") : text("incidents.none"));
    this._none.hidden = shown.length > 0;
    setAttribute(this._list.node, "aria-label", this._title.textContent);
    setAttribute(this.node, "aria-label", this._title.textContent);
    this._list.update(groups);
  }

  tick(view) {
    this._view = view;
    this._list.each((group) => group.tick(view));
  }

  disconnect() {
    this._list.disconnect();
  }

  isUnfolded(key, incidents) {
    const chosen = this._unfolded.get(key);
    return chosen === undefined ? this._few && incidents.length < 6 : chosen;
  }

  unfold(key, isUnfolded) {
    this._unfolded.set(key, isUnfolded);
  }

  acknowledge(incidents, data = {}) {
    const { hass, selection } = this._view;
    const target = targetOfIncidents(incidents, selection);
    const words = acknowledgedWords(incidents);
    return this._host.notice.act(hass, "acknowledge", target, data, words);
  }

  unacknowledge(incidents) {
    const target = targetOfIncidents(incidents, this._view.selection);
    return this.act("unacknowledge", target, counted("action.done_unacknowledge", incidents.length));
  }

  toggle(incident) {
    return incident.acknowledged ? this.unacknowledge([incident]) : this.acknowledge([incident]);
  }

  act(action, target, words) {
    return this._host.notice.act(this._view.hass, action, target, {}, words);
  }

  _acknowledgeAll() {
    this.acknowledge(this._left());
  }

  /** Return what is shown, not acknowledged yet, and the user's to acknowledge. */
  _left() {
    const { byKey } = this._view.selection;
    return this._shown.filter(
      ({ acknowledged, server }) => !acknowledged && byKey.get(server).server.may_control,
    );
  }

  _choose(kind, key) {
    this[kind] = key;
    this.update(this._view);
  }

  _showFilters(open) {
    const { hass, selection, f } = this._view;
    const counts = countByStatus(open);
    const severities = STATUSES.filter((status) => counts[status]).map((status) => [
      status,
      `${text(`status.${status}`)} ${f.number(counts[status])}`,
    ]);
    const needing = open.filter(({ needs_attention }) => needs_attention).length;
    const chips = [["all", text("incidents.all")]];
    if (needing && needing < open.length) {
      chips.push(["needs", text("incidents.needs_attention")]);
    }
    if (severities.length > 1) {
      chips.push(...severities);
    }
    if (!chips.some(([key]) => key === this._severity)) {
      this._severity = "all";
    }
    this._severities.update(text("editor.severity"), chips, this._severity);
    const areas = new Set(open.map(({ server }) => selection.byKey.get(server).server.area_id));
    const named = [...areas]
      .filter((id) => hass.areas[id])
      .map((id) => [id, hass.areas[id].name])
      .sort((a, b) => f.compare(a[1], b[1]))
      .slice(0, MOST_AREAS);
    if (!named.some(([id]) => id === this._area)) {
      this._area = "all";
    }
    const all = ["all", text("incidents.all_areas")];
    this._areas.update(text("editor.area"), named.length > 1 ? [all, ...named] : [], this._area);
    this._search.update(open.length >= SEARCH_FROM);
  }

  _isShown(incident) {
    const { server, name } = this._view.selection.byKey.get(incident.server);
    const { words } = this._search;
    return (
      (this._severity === "all" ||
        (this._severity === "needs" ? incident.needs_attention : incident.status === this._severity)) &&
      (this._area === "all" || server.area_id === this._area) &&
      (!words ||
        [name, server.name, incident.metric_name, incident.title, incident.text].some(
          (each) => each && each.toLowerCase().includes(words),
        ))
    );
  }

  /** Return the groups by server; what waits for an unreachable server is apart. */
  _grouped(shown) {
    const { byKey } = this._view.selection;
    const groups = new Map();
    for (const incident of shown) {
      if (!groups.has(incident.server)) {
        const entry = byKey.get(incident.server);
        groups.set(incident.server, { key: incident.server, ...entry, incidents: [], folded: [] });
      }
      const group = groups.get(incident.server);
      (isFolded(incident, group.server) ? group.folded : group.incidents).push(incident);
    }
    return [...groups.values()]
      .map((group) => (group.incidents.length ? group : { ...group, incidents: group.folded, folded: [] }))
      .sort((a, b) => byUrgency(a.incidents[0], b.incidents[0]));
  }
}
