/** The card with the open alerts, worst first, then longest open first. */

import { ICONS, STATUSES } from "./const.js";
import { checkConfig, configForm, list } from "./editor.js";
import { element, icon, setText } from "./element.js";
import { inventory } from "./inventory.js";
import { Row } from "./row.js";
import { STYLE } from "./style.js";
import { loadTexts, text } from "./texts.js";
import { outdated, reload } from "./version.js";

const COUNTERS = ["critical_alerts", "warning_alerts", "unknown_alerts"];
const DEFAULT_LIMIT = 50;

export class BleemeoAlertsCard extends HTMLElement {
  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return configForm();
  }

  constructor() {
    super();
    this._rows = new Map();
    this._title = element("h2", { className: "title", id: "title" });
    this._counts = element("div", { className: "counts" });
    // tells a screen reader what others see at a glance
    this._spoken = element("span", { className: "hidden" });
    this._list = element("ul", { role: "list", tabIndex: -1 });
    this._list.setAttribute("aria-labelledby", "title");
    this._calm = element("div", { className: "calm" });
    this._note = element("div", { className: "note" });
    this._update = element("span", {});
    this._reload = element("button", { className: "reload", onclick: reload });
    const update = element(
      "div",
      { className: "update", role: "status", hidden: true },
      this._update,
      this._reload,
    );
    outdated.then(() => {
      update.hidden = false;
    });
    const header = element(
      "div",
      { className: "header", role: "status", ariaAtomic: "true" },
      this._title,
      this._counts,
      this._spoken,
    );
    const region = element("section", {}, update, header, this._list, this._calm, this._note);
    region.setAttribute("aria-labelledby", "title");
    this.attachShadow({ mode: "open" }).append(
      element("style", { textContent: STYLE }),
      element("ha-card", {}, region),
    );
  }

  setConfig(config) {
    checkConfig(config);
    this._config = config;
    this._inventory = undefined;
    this._render();
  }

  set hass(hass) {
    this._hass = hass;
    const texts = loadTexts(hass);
    if (this._texts === texts) {
      this._render();
      return;
    }
    this._texts = texts;
    texts.then(() => {
      this._ready = true;
      // render again in the new texts, even if the metrics are the same
      this._inventory = undefined;
      this._render();
    });
  }

  connectedCallback() {
    this._ticking = setInterval(() => {
      for (const row of this._rows.values()) {
        row.tick();
      }
    }, 1000);
  }

  disconnectedCallback() {
    clearInterval(this._ticking);
  }

  getCardSize() {
    return 2 + this._rows.size;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: 6, min_rows: 3 };
  }

  /** Show the open alerts; costs next to nothing if none of the states changed. */
  _render() {
    if (!this._config || !this._ready) {
      return;
    }
    const hass = this._hass;
    const current = inventory(hass);
    if (this._inventory !== current || this._areas !== hass.areas) {
      this._inventory = current;
      this._areas = hass.areas;
      this._metrics = this._chosen(current);
      this._counters = this._countersOf(current);
      this._watched = [...this._metrics.map(({ entity }) => entity.entity_id), ...this._counters];
      this._states = undefined;
    }
    const states = this._watched.map((id) => hass.states[id]);
    if (!this._states || states.some((state, index) => state !== this._states[index])) {
      this._states = states;
      this._show();
    }
  }

  /** Return the metrics that the configuration selects, each with its host's name. */
  _chosen({ agents }) {
    const areas = list(this._config.area);
    const labels = list(this._config.label);
    return agents.flatMap(({ device, name, metrics }) =>
      metrics
        .filter(
          (entity) =>
            (!areas.length || areas.includes(entity.area_id ?? device.area_id)) &&
            (!labels.length ||
              labels.some(
                (label) => entity.labels?.includes(label) || device.labels?.includes(label),
              )),
        )
        .map((entity) => ({ entity, name })),
    );
  }

  /** Return the accounts' counters, or none if the card filters what they count. */
  _countersOf({ accounts }) {
    const { severity, area, label } = this._config;
    const keys = [severity, area, label].some((filter) => list(filter).length) ? [] : COUNTERS;
    return accounts.flatMap((account) => keys.flatMap((key) => account[key] ?? []));
  }

  _show() {
    const hass = this._hass;
    const severities = this._config.severity ? list(this._config.severity) : STATUSES;
    const time = ({ attributes }) =>
      Date.parse(attributes.status_changed_at ?? attributes.happened_at) || 0;
    const open = this._metrics
      .map((metric, index) => ({ ...metric, state: this._states[index] }))
      .filter(({ state }) => severities.includes(state?.state))
      .sort(
        (a, b) =>
          STATUSES.indexOf(a.state.state) - STATUSES.indexOf(b.state.state) ||
          time(a.state) - time(b.state),
      );
    const shown = open.slice(0, this._config.limit ?? DEFAULT_LIMIT);
    const unavailable = this._states
      .slice(0, this._metrics.length)
      .filter((state) => !state || state.state === "unavailable").length;
    // the sensor of an open alert may be hidden, disabled, or beyond the cap of entities
    const counted = this._counters.reduce((sum, id) => sum + (+hass.states[id]?.state || 0), 0);
    const missing = this._counters.length ? Math.max(0, counted - open.length) : 0;

    setText(this._title, this._config.title || text("card.title"));
    setText(this._update, text("card.outdated"));
    setText(this._reload, text("card.reload"));
    this._showCounts(open, hass);
    this._showRows(shown, hass);
    this._list.hidden = !shown.length;
    this._showCalm(shown.length, unavailable, missing);
    setText(
      this._note,
      [
        open.length > shown.length && text("card.more", { count: open.length - shown.length }),
        shown.length && unavailable && text("card.unavailable", { count: unavailable }),
        shown.length && missing && text("card.missing", { count: missing }),
      ]
        .filter(Boolean)
        .join(" · "),
    );
    this._note.hidden = !this._note.textContent;
  }

  _showCounts(open, hass) {
    const counts = STATUSES.map(
      (status) => open.filter(({ state }) => state.state === status).length,
    );
    const key = `${counts} ${hass.language}`;
    if (this._countsKey === key) {
      return;
    }
    this._countsKey = key;
    this._counts.replaceChildren(
      ...STATUSES.flatMap((status, index) =>
        counts[index]
          ? element(
              "span",
              { className: `count ${status}`, title: text(`status.${status}`) },
              icon(ICONS[status]),
              String(counts[index]),
              element("span", { className: "hidden" }, ` ${text(`status.${status}`)}`),
            )
          : [],
      ),
    );
  }

  _showRows(shown, hass) {
    const wanted = new Set(shown.map(({ entity }) => entity.entity_id));
    for (const [id, row] of this._rows) {
      if (!wanted.has(id)) {
        if (row.node.contains(this.shadowRoot.activeElement)) {
          this._list.focus();
        }
        row.node.remove();
        this._rows.delete(id);
      }
    }
    shown.forEach(({ entity, name, state }, index) => {
      let row = this._rows.get(entity.entity_id);
      if (!row) {
        row = new Row(entity, name);
        this._rows.set(entity.entity_id, row);
      }
      row.entity = entity;
      row.host = name;
      row.update(hass, state);
      if (this._list.children[index] !== row.node) {
        this._list.insertBefore(row.node, this._list.children[index] ?? null);
      }
    });
  }

  /** Say why there is no alert: all is well, or nothing is known. */
  _showCalm(shown, unavailable, missing) {
    this._calm.hidden = shown > 0;
    let kind = "clear";
    if (!this._inventory.accounts.length) {
      kind = "not_set_up";
    } else if (unavailable) {
      kind = "not_available";
    } else if (missing) {
      kind = "missing";
    } else if (!this._metrics.length) {
      kind = "nothing_yet";
    }
    setText(this._spoken, shown ? "" : text(`card.${kind}`, { count: missing }));
    const key = `${kind} ${missing} ${this._hass.language}`;
    if (this._calmKey !== key) {
      this._calmKey = key;
      this._calm.classList.toggle("clear", kind === "clear");
      this._calm.replaceChildren(
        icon(kind === "clear" ? "mdi:check-circle-outline" : "mdi:help-circle-outline"),
        element("div", {}, text(`card.${kind}`, { count: missing })),
        element("div", { className: "hint" }, text(`card.${kind}_hint`)),
      );
    }
  }
}
