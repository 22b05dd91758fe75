/**
 * What Home Assistant's frontend shows of Bleemeo: a card with the open alerts, and a
 * dashboard made of Home Assistant's own cards.
 *
 * All of it is read from `hass`, so it needs no request of its own and no admin. Whatever
 * a server sends is put into the page as text, never as HTML.
 */

const DOMAIN = "bleemeo";
const CARD = "bleemeo-alerts-card";
const DOCUMENTATION =
  "https://github.com/bleemeo-home-assistant/bleemeo-home-assistant/blob/main/docs/dashboards.md";
// the worst first
const STATUSES = ["critical", "warning", "unknown"];
const COLORS = { critical: "red", warning: "amber", unknown: "grey", ok: "green" };
const ICONS = {
  critical: "mdi:alert-octagon",
  warning: "mdi:alert",
  unknown: "mdi:help-circle",
};
const COUNTERS = ["critical_alerts", "warning_alerts", "unknown_alerts"];
const AGENTS_PER_VIEW = 24;
const METRICS_IN_LOGBOOK = 500;
const HOURS = 24;
// how long Home Assistant may take from its first answer until it serves this module
const START_MILLISECONDS = 60_000;

let localize = () => "";
let loading;

/** Return a promise that is done once the texts of translations/*.json are there. */
function loadTexts(hass) {
  if (loading?.language !== hass.language) {
    const promise = hass.loadBackendTranslation("config_panel", DOMAIN).then(
      (loaded) => {
        localize = loaded;
      },
      () => {
        // the connection was lost; the next one who asks tries again
        loading = undefined;
      },
    );
    loading = { language: hass.language, promise };
  }
  return loading.promise;
}

const text = (key, values) => localize(`component.${DOMAIN}.config_panel.${key}`, values) || "";

let kept;

const byName = (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true });

/**
 * Return the accounts and agents, by name. Each has its device and its entities: those
 * with a name of their own by translation key, and `metrics`, the status sensors.
 */
function inventory(hass) {
  if (kept?.entities === hass.entities && kept.devices === hass.devices) {
    return kept;
  }
  const owners = new Map();
  for (const entity of Object.values(hass.entities)) {
    const device = entity.platform === DOMAIN && hass.devices[entity.device_id];
    if (!device || entity.hidden) {
      continue;
    }
    let owner = owners.get(device.id);
    if (!owner) {
      owner = { device, name: device.name_by_user || device.name || "", metrics: [] };
      owners.set(device.id, owner);
    }
    if (entity.translation_key === "metric_status") {
      owner.metrics.push(entity);
    } else {
      owner[entity.translation_key] = entity.entity_id;
    }
  }
  const all = [...owners.values()].sort(byName);
  kept = {
    entities: hass.entities,
    devices: hass.devices,
    accounts: all.filter(({ device }) => device.entry_type === "service"),
    agents: all.filter(({ device }) => device.entry_type !== "service"),
  };
  return kept;
}

/** Return the metric's name: the user's, or Bleemeo's without the word "status". */
function metricName(entity, state) {
  const title = String(state?.attributes.title ?? "");
  const dash = title.indexOf(" - ");
  const verb = title.lastIndexOf(" is ");
  const metric = dash > 0 && verb > dash ? title.slice(dash + 3, verb) : "";
  const name = entity.name || metric || title;
  // a title of any other form names the metric as a whole
  return [title, metric].find((words) => words && name.includes(words)) ?? name;
}

const is = (entity, state) => ({ condition: "state", entity, state });
const isNot = (entity, state) => ({ condition: "state", entity, state_not: state });
const heading = (words, icon, more) => ({ type: "heading", heading: words, icon, ...more });

/** Return the views that agents are shown on: one an area, then pages of the others. */
function groups(hass) {
  const { agents } = inventory(hass);
  const areas = new Map();
  const others = [];
  for (const agent of agents) {
    const area = hass.areas[agent.device.area_id];
    if (area && !areas.has(area)) {
      areas.set(area, []);
    }
    (areas.get(area) ?? others).push(agent);
  }
  const found = [...areas].map(([area, members]) => ({
    name: area.name,
    path: `area-${area.area_id}`,
    members,
  }));
  found.sort(byName);
  const pages = Math.ceil(others.length / AGENTS_PER_VIEW);
  const size = Math.ceil(others.length / pages);
  for (let page = 0; page < pages; page += 1) {
    const members = others.slice(page * size, (page + 1) * size);
    const [first] = members[0].name.split(".");
    const [last] = members.at(-1).name.split(".");
    found.push({
      name: pages === 1 ? text("dashboard.servers") : `${first} – ${last}`,
      path: pages === 1 ? "servers" : `servers-${page + 1}`,
      members,
    });
  }
  return found;
}

class BleemeoDashboardStrategy extends HTMLElement {
  static noEditor = true;

  static getCreateSuggestions() {
    return { title: "Bleemeo", icon: "mdi:server-network" };
  }

  static async generate(_config, hass) {
    await loadTexts(hass);
    return {
      title: "Bleemeo",
      views: [
        {
          title: text("dashboard.overview"),
          path: "overview",
          strategy: { type: "custom:bleemeo-overview" },
        },
        ...groups(hass).map(({ name, path }) => ({
          title: name,
          path,
          strategy: { type: "custom:bleemeo-agents", group: path },
        })),
      ],
    };
  }
}

/** Return the badges of an account: its worst status, then how many alerts there are. */
function accountBadges(account, several) {
  const badges = [...STATUSES, "ok"].map((status) => ({
    type: "entity",
    entity: account.status,
    ...(several && { show_name: true, name: account.name }),
    color: COLORS[status],
    visibility: [is(account.status, status)],
  }));
  for (const [key, color] of [
    ["critical_alerts", COLORS.critical],
    ["warning_alerts", COLORS.warning],
    ["unknown_alerts", "blue-grey"],
    ["unacknowledged_alerts", "primary"],
  ]) {
    const badge = {
      type: "entity",
      entity: account[key],
      show_name: true,
      name: { type: "entity" },
    };
    badges.push(
      { ...badge, color, visibility: [isNot(account[key], "0")] },
      { ...badge, color: "disabled", visibility: [is(account[key], "0")] },
    );
  }
  return badges.filter(({ entity }) => entity);
}

class BleemeoOverviewStrategy extends HTMLElement {
  /** The same for as long as the accounts are, so that new agents do not rebuild the view. */
  static async generate(_config, hass) {
    await loadTexts(hass);
    const { accounts } = inventory(hass);
    const recent = ["history", "logbook"].filter((each) => hass.config.components.includes(each));
    return {
      type: "sections",
      max_columns: 3,
      badges: accounts.flatMap((account) => accountBadges(account, accounts.length > 1)),
      sections: [
        {
          type: "grid",
          column_span: 2,
          // beside it there is room for the others where the screen is wide
          row_span: recent.length || 1,
          cards: [{ type: `custom:${CARD}`, grid_options: { columns: "full", rows: 7 } }],
        },
        ...recent.map((of) => ({ strategy: { type: "custom:bleemeo-recent", of } })),
      ],
    };
  }
}

/** Whether a metric's status changed in the last day, or nobody knows when. */
function changedLately(state) {
  const changed = Date.parse(state?.attributes.status_changed_at ?? state?.last_changed);
  return !(changed < Date.now() - HOURS * 3_600_000);
}

class BleemeoRecentStrategy extends HTMLElement {
  static async generate({ of }, hass) {
    await loadTexts(hass);
    const { accounts, agents } = inventory(hass);
    const full = { columns: "full" };
    if (of === "history") {
      const name = accounts.length === 1 && { name: { type: "entity" } };
      const entities = accounts
        .flatMap((account) => [
          { entity: account.status, ...name },
          { entity: account.critical_alerts, color: COLORS.critical, ...name },
          { entity: account.warning_alerts, color: COLORS.warning, ...name },
        ])
        .filter(({ entity }) => entity);
      const card = { type: "history-graph", entities, hours_to_show: HOURS, grid_options: full };
      return {
        type: "grid",
        cards: entities.length
          ? [heading(text("dashboard.history"), "mdi:chart-timeline-variant"), card]
          : [],
      };
    }
    const metrics = agents.flatMap((agent) => agent.metrics.map(({ entity_id }) => entity_id));
    const entity_id =
      metrics.length > METRICS_IN_LOGBOOK
        ? metrics.filter((id) => changedLately(hass.states[id]))
        : metrics;
    const card = {
      type: "logbook",
      target: { entity_id },
      hours_to_show: HOURS,
      grid_options: { ...full, rows: 6 },
    };
    return {
      type: "grid",
      cards: entity_id.length ? [heading(text("dashboard.changes"), "mdi:history"), card] : [],
    };
  }
}

/** Return the section of an agent with a problem: only its open metrics. */
function agentSection({ device, name, status, metrics }, hass) {
  // a tile shows unknown in grey, whatever its color
  const tiles = [["critical", "unknown"], ["warning"]].flatMap((states) =>
    metrics.map((entity) => ({
      type: "tile",
      entity: entity.entity_id,
      name: metricName(entity, hass.states[entity.entity_id]),
      color: COLORS[states[0]],
      state_content: ["state", "text"],
      grid_options: { columns: "full" },
      visibility: [is(entity.entity_id, states)],
    })),
  );
  const page = hass.user?.is_admin && {
    tap_action: { action: "navigate", navigation_path: `/config/devices/device/${device.id}` },
  };
  // what is not visible is not built; that of a section alone would be built all the same
  const visibility = [isNot(status, "ok")];
  return {
    type: "grid",
    visibility,
    cards: [
      heading(name, "mdi:server", {
        ...page,
        badges: [{ type: "entity", entity: status }],
        visibility,
      }),
      ...tiles,
    ],
  };
}

class BleemeoAgentsStrategy extends HTMLElement {
  static async generate(config, hass) {
    await loadTexts(hass);
    const group = groups(hass).find(({ path }) => path === config.group);
    const members = (group?.members ?? []).filter(({ status }) => status);
    return {
      type: "sections",
      max_columns: 4,
      sections: [
        ...members.map((agent) => agentSection(agent, hass)),
        {
          type: "grid",
          column_span: 4,
          cards: [
            heading(text("dashboard.all_ok"), "mdi:check-circle-outline", {
              visibility: [
                { condition: "or", conditions: members.map(({ status }) => is(status, "ok")) },
              ],
            }),
            ...members.map(({ status, name }) => ({
              type: "tile",
              entity: status,
              name,
              color: COLORS.ok,
              visibility: [is(status, "ok")],
            })),
          ],
        },
      ],
    };
  }
}

const DEFAULT_LIMIT = 50;
const STYLE = `
  :host { display: block; height: 100%; }
  ha-card { height: 100%; overflow: hidden; container-type: inline-size; line-height: var(--ha-line-height-normal, 1.6); }
  section { display: flex; flex-direction: column; height: 100%; }
  .header { display: flex; align-items: center; gap: 12px; padding: 16px 16px 8px; min-height: 24px; }
  .title { flex: 1; margin: 0; font-size: var(--ha-font-size-l, 16px); font-weight: var(--ha-font-weight-medium, 500); color: var(--primary-text-color); }
  .counts { display: flex; gap: 12px; font-variant-numeric: tabular-nums; color: var(--primary-text-color); }
  .count { display: inline-flex; align-items: center; gap: 4px; --mdc-icon-size: 18px; }
  .count ha-icon, .icon { color: var(--status); }
  .critical { --status: var(--red-color, #f44336); }
  .warning { --status: var(--amber-color, #ff6f00); }
  .unknown { --status: var(--grey-color, #757575); }
  ul { list-style: none; margin: 0; padding: 0 8px 8px; flex: 1; min-height: 0; overflow-y: auto; scroll-padding-block: 8px 48px;
    /* fades out while there is more below */
    mask-image: linear-gradient(#000 calc(100% - var(--more, 0px)), transparent); animation: more linear both; animation-timeline: scroll(self); }
  @keyframes more { 0%, 98% { --more: 48px; } 100% { --more: 0px; } }
  ul:focus { outline: none; }
  li { display: flex; align-items: center; border-radius: var(--ha-border-radius-md, 8px); }
  li:hover { background: rgba(var(--rgb-primary-text-color, 33, 33, 33), 0.04); }
  button { all: unset; box-sizing: border-box; cursor: pointer; border-radius: inherit; }
  button:focus-visible { outline: 2px solid var(--primary-color); outline-offset: -2px; }
  .alert { flex: 1; min-width: 0; min-height: 64px; padding: 8px; display: grid; column-gap: 12px; align-items: center;
    grid-template: "icon name since" auto "icon text text" auto / 36px minmax(0, 1fr) auto; }
  .name, .since { align-self: baseline; }
  .icon { grid-area: icon; position: relative; width: 36px; height: 36px; display: grid; place-items: center; --mdc-icon-size: 22px; }
  .icon::before { content: ""; position: absolute; inset: 0; border-radius: 50%; background: var(--status); opacity: 0.15; }
  .name { grid-area: name; min-width: 0; display: flex; flex-direction: column; overflow-wrap: anywhere; }
  .metric { font-weight: var(--ha-font-weight-medium, 500); color: var(--primary-text-color); }
  .host, .since, .text, .note { color: var(--secondary-text-color); }
  .since, .text, .note { font-size: var(--ha-font-size-s, 12px); }
  .since { grid-area: since; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .text { grid-area: text; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; overflow-wrap: anywhere; }
  .acknowledge { flex: none; width: 48px; height: 48px; display: grid; place-items: center; border-radius: 50%; color: var(--secondary-text-color); }
  .acknowledge:hover { color: var(--primary-text-color); }
  .acknowledge[aria-pressed="true"] { color: var(--primary-color); }
  .acknowledge[aria-disabled="true"] { opacity: 0.5; }
  .seen .icon::before { opacity: 0; }
  .note { padding: 8px 16px 16px; }
  .calm { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; padding: 8px 16px 24px;
    text-align: center; color: var(--primary-text-color); }
  .calm ha-icon { --mdc-icon-size: 40px; color: var(--secondary-text-color); margin-bottom: 4px; }
  .calm.clear ha-icon { color: var(--green-color, #4caf50); }
  .calm .hint { color: var(--secondary-text-color); }
  .calm .hint:empty { display: none; }
  .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  [hidden] { display: none !important; }
  @container (min-width: 560px) {
    .alert { min-height: 56px; column-gap: 16px;
      grid-template: "icon name text since" auto / 36px minmax(120px, 2fr) minmax(0, 3fr) minmax(88px, auto); }
    .name, .since { align-self: center; }
    .text { font-size: inherit; }
    .since { text-align: end; }
  }
`;

/** Return a new element with properties and children; a string becomes text. */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const icon = (name) => element("ha-icon", { icon: name, ariaHidden: "true" });
const list = (value) => (value === undefined || value === null ? [] : [value].flat());

function setText(node, words) {
  if (node.textContent !== words) {
    node.textContent = words;
  }
}

/** Say how long ago a time is, in the largest unit that fits. */
function ago(time, language) {
  const seconds = Math.max(0, Math.floor((Date.now() - time) / 1000));
  const [unit, size] = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ].find(([, size]) => seconds >= size) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" });
  return format.format(-Math.floor(seconds / size), unit);
}

/** One open alert: a click shows more, the eye acknowledges. */
class Row {
  constructor(entity, name) {
    this.entityId = entity.entity_id;
    this.entity = entity;
    this.host = name;
    this.metric = element("span", { className: "metric" });
    this.hostName = element("span", { className: "host" });
    this.text = element("span", { className: "text" });
    this.since = element("time", { className: "since" });
    this.symbol = icon("");
    this.alert = element(
      "button",
      { className: "alert", type: "button", onclick: () => this.open() },
      element("span", { className: "icon" }, this.symbol),
      element("span", { className: "name" }, this.metric, this.hostName),
      this.text,
      this.since,
    );
    this.eye = icon("");
    this.acknowledge = element(
      "button",
      { className: "acknowledge", type: "button", onclick: () => this.toggle() },
      this.eye,
    );
    this.node = element("li", {}, this.alert, this.acknowledge);
  }

  update(hass, state) {
    const {
      status_changed_at,
      happened_at,
      acknowledged,
      flapping,
      text: words,
    } = state.attributes;
    const metric = metricName(this.entity, state);
    this.hass = hass;
    this.state = state;
    this.time = new Date(status_changed_at ?? happened_at ?? state.last_changed);
    this.node.className = `${state.state}${acknowledged ? " seen" : ""}`;
    this.symbol.icon = ICONS[state.state];
    setText(this.metric, metric);
    setText(this.hostName, this.host);
    setText(
      this.text,
      [
        hass.formatEntityState(state),
        flapping && text("card.flapping"),
        acknowledged && text("card.acknowledged"),
        words,
      ]
        .filter(Boolean)
        .join(" · "),
    );
    this.since.dateTime = this.time.toISOString();
    this.since.title = this.time.toLocaleString(hass.locale.language);
    this.eye.icon = acknowledged ? "mdi:eye-check" : "mdi:eye-outline";
    this.acknowledge.ariaPressed = String(Boolean(acknowledged));
    this.acknowledge.ariaLabel = text("card.acknowledge", { metric, host: this.host });
    this.acknowledge.title = text(acknowledged ? "card.unacknowledge" : "card.acknowledge_short");
    this.tick();
  }

  tick() {
    setText(this.since, ago(this.time, this.hass.locale.language));
  }

  open() {
    const detail = { entityId: this.entityId };
    this.node.dispatchEvent(
      new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }),
    );
  }

  async toggle() {
    // `disabled` would take the focus away
    if (this.acknowledge.ariaDisabled === "true") {
      return;
    }
    const action = this.state.attributes.acknowledged ? "unacknowledge" : "acknowledge";
    this.acknowledge.ariaDisabled = "true";
    try {
      await this.hass.callService(DOMAIN, action, {}, { entity_id: this.entityId });
    } catch {
      // Home Assistant has told the user
    } finally {
      this.acknowledge.ariaDisabled = "false";
    }
  }
}

class BleemeoAlertsCard extends HTMLElement {
  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        {
          name: "severity",
          selector: {
            select: {
              multiple: true,
              mode: "list",
              options: STATUSES.map((value) => ({ value, label: text(`status.${value}`) })),
            },
          },
        },
        { name: "area", selector: { area: { multiple: true } } },
        { name: "label", selector: { label: { multiple: true } } },
        { name: "limit", selector: { number: { min: 1, max: 500, mode: "box" } } },
      ],
      computeLabel: ({ name }) => text(`editor.${name}`),
      computeHelper: ({ name }) => text(`editor_help.${name}`),
      assertConfig: checkConfig,
    };
  }

  constructor() {
    super();
    this._rows = new Map();
    this._title = element("h2", { className: "title", id: "title" });
    this._counts = element("div", { className: "counts" });
    // tells a screen reader what others see at once
    this._spoken = element("span", { className: "hidden" });
    this._list = element("ul", { role: "list", tabIndex: -1 });
    this._list.setAttribute("aria-labelledby", "title");
    this._calm = element("div", { className: "calm" });
    this._note = element("div", { className: "note" });
    const header = element(
      "div",
      { className: "header", role: "status", ariaAtomic: "true" },
      this._title,
      this._counts,
      this._spoken,
    );
    const region = element("section", {}, header, this._list, this._calm, this._note);
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
      // the metrics stay; what is said of them is said anew
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

  /** Show what is open now; costs next to nothing where none of its states changed. */
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

  /** Return the metrics that the configuration asks for, each with its host's name. */
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

  /** Return the account's counters; they count what the card shows where it filters nothing. */
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
    // an alert may be open whose sensor is hidden, disabled, or one more than there may be
    const counted = this._counters.reduce((sum, id) => sum + (+hass.states[id]?.state || 0), 0);
    const missing = this._counters.length ? Math.max(0, counted - open.length) : 0;

    setText(this._title, this._config.title || text("card.title"));
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

  /** Say why there is no alert: all is well, or there is nothing to judge by. */
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

/** Throw where the card's configuration says something that it cannot mean. */
function checkConfig({ severity, limit }) {
  const wrong = list(severity).find((status) => !STATUSES.includes(status));
  if (wrong !== undefined) {
    throw new Error(`severity: ${wrong} is none of ${STATUSES.join(", ")}`);
  }
  if (limit !== undefined && !(limit >= 1)) {
    throw new Error("limit: must be 1 or more");
  }
}

/** Suggest the card for an entity of Bleemeo, and for its area where it has one. */
function suggestions(hass, entityId) {
  const entity = hass.entities[entityId];
  if (entity?.platform !== DOMAIN) {
    return null;
  }
  const area = hass.areas[entity.area_id ?? hass.devices[entity.device_id]?.area_id];
  return [
    { config: { type: `custom:${CARD}` } },
    ...(area ? [{ label: area.name, config: { type: `custom:${CARD}`, area: area.area_id } }] : []),
  ];
}

const pageHass = () => document.querySelector("home-assistant")?.hass;

/** Have the texts there before somebody opens the dialog that lists the dashboards. */
function loadTextsSoon(tries = 100) {
  if (pageHass()?.loadBackendTranslation) {
    loadTexts(pageHass());
  } else if (tries) {
    setTimeout(loadTextsSoon, 200, tries - 1);
  }
}

/**
 * Reload the page where Home Assistant came back with another version of this module, as
 * it does itself for its own: a tablet on the wall is never reloaded by hand.
 */
function checkVersionLater() {
  setTimeout(async () => {
    const answer = await fetch(import.meta.url, { method: "HEAD", cache: "no-store" });
    if (answer.status === 404) {
      window.location.reload();
    }
  }, START_MILLISECONDS);
}

if (!customElements.get(CARD)) {
  customElements.define(CARD, BleemeoAlertsCard);
  customElements.define("ll-strategy-dashboard-bleemeo", BleemeoDashboardStrategy);
  customElements.define("ll-strategy-view-bleemeo-overview", BleemeoOverviewStrategy);
  customElements.define("ll-strategy-view-bleemeo-agents", BleemeoAgentsStrategy);
  customElements.define("ll-strategy-section-bleemeo-recent", BleemeoRecentStrategy);
  // read when they are shown, which is after the texts are there
  (window.customCards ??= []).push({
    type: CARD,
    get name() {
      return text("card.name") || "Bleemeo";
    },
    get description() {
      return text("card.description");
    },
    preview: true,
    documentationURL: DOCUMENTATION,
    getEntitySuggestion: suggestions,
  });
  (window.customStrategies ??= []).push({
    type: "bleemeo",
    strategyType: "dashboard",
    name: "Bleemeo",
    get description() {
      return text("dashboard.description");
    },
    documentationURL: DOCUMENTATION,
  });
  loadTextsSoon();
  window.hassConnection?.then(({ conn }) => conn.addEventListener("ready", checkVersionLater));
}
