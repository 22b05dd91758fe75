/** The dashboard, made of Home Assistant's own cards and ours. */

import { CARD, STATUSES } from "./const.js";
import { byName, inventory, metricName } from "./inventory.js";
import { loadTexts, text } from "./texts.js";

const COLORS = { critical: "red", warning: "amber", unknown: "grey", ok: "green" };
const AGENTS_PER_VIEW = 24;
const METRICS_IN_LOGBOOK = 500;
const HOURS = 24;

const is = (entity, state) => ({ condition: "state", entity, state });
const isNot = (entity, state) => ({ condition: "state", entity, state_not: state });
const heading = (words, icon, more) => ({ type: "heading", heading: words, icon, ...more });

/** Return the views that show agents: one per area, then pages of the others. */
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

export class BleemeoDashboardStrategy extends HTMLElement {
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

/** Return the badges of an account: its worst status, then its counts of alerts. */
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
    ["needs_attention", "primary"],
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

export class BleemeoOverviewStrategy extends HTMLElement {
  /** Depends on the accounts alone, so that new agents do not rebuild the view. */
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
          // on a wide screen, the others fit beside it
          row_span: recent.length || 1,
          cards: [{ type: `custom:${CARD}`, grid_options: { columns: "full", rows: 7 } }],
        },
        ...recent.map((of) => ({ strategy: { type: "custom:bleemeo-recent", of } })),
      ],
    };
  }
}

/** Return whether a metric's status changed in the last day, or at an unknown time. */
function changedLately(state) {
  const changed = Date.parse(state?.attributes.status_changed_at ?? state?.last_changed);
  return !(changed < Date.now() - HOURS * 3_600_000);
}

export class BleemeoRecentStrategy extends HTMLElement {
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
  // invisible cards are not built, but those of an invisible section would be
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

export class BleemeoAgentsStrategy extends HTMLElement {
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
