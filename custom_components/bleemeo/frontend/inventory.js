/** The accounts, agents and metrics that Home Assistant knows of. */

import { DOMAIN } from "./const.js";

let kept;

export const byName = (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true });

/**
 * Return the accounts and agents, by name. Each has its device and its entities: those
 * with a name of their own by translation key, and `metrics`, the status sensors.
 */
export function inventory(hass) {
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
export function metricName(entity, state) {
  const title = String(state?.attributes.title ?? "");
  const dash = title.indexOf(" - ");
  const verb = title.lastIndexOf(" is ");
  const metric = dash > 0 && verb > dash ? title.slice(dash + 3, verb) : "";
  const name = entity.name || metric || title;
  // a title of any other form is the metric's name as a whole
  return [title, metric].find((words) => words && name.includes(words)) ?? name;
}
