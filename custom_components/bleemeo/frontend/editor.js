/** The configuration of cards and dashboard: their form, its check, their suggestions. */

import { DOMAIN, PARTS, RANGES, STATUSES } from "./const.js";
import { list } from "./model.js";
import { pageHass, text } from "./texts.js";

const CHOICES = ["account", "server", "area", "label"];
const OPTIONS = [...CHOICES, "severity", "days", "hide", "wall", "title"];
// what Home Assistant and those who extend it write into the configuration of any card
const THEIRS = /^(type|.*_(options|layout|mod)|layout|visibility|conditions|index|disabled)$/;

/** Throw if a configuration is invalid: what is misspelt must not mean nothing, or all. */
export function checkConfig({ severity, days, hide, wall, ...others }) {
  const unknown = Object.keys(others).find(
    (name) => !OPTIONS.includes(name) && !THEIRS.test(name),
  );
  if (unknown !== undefined) {
    throw new Error(`${unknown} is none of ${OPTIONS.join(", ")}`);
  }
  if (![undefined, null, true, false].includes(wall)) {
    throw new Error(`wall: ${wall} is none of true, false`);
  }
  const odd = CHOICES.find((name) => list(others[name]).some((id) => typeof id !== "string"));
  if (odd !== undefined) {
    throw new Error(`${odd}: an id is text`);
  }
  const check = (name, values, allowed) => {
    const wrong = list(values).find((value) => !allowed.includes(value));
    if (wrong !== undefined) {
      throw new Error(`${name}: ${wrong} is none of ${allowed.join(", ")}`);
    }
  };
  check("severity", severity, STATUSES);
  check("days", days, RANGES);
  check("hide", hide, PARTS);
}

const choice = (options, more) => ({
  select: { multiple: true, mode: "list", options, ...more },
});

const isAccount = ({ entry_type }) => entry_type === "service";
const accountOf = ({ primary_config_entry, config_entries }) =>
  primary_config_entry || config_entries[0];

/** Return the accounts as options; their devices are those of a service. */
function accounts() {
  const { devices, entities } = pageHass() || { devices: {}, entities: {} };
  const ours = new Set();
  for (const { platform, device_id } of Object.values(entities)) {
    if (platform === DOMAIN) {
      ours.add(device_id);
    }
  }
  return Object.values(devices)
    .filter((device) => isAccount(device) && ours.has(device.id))
    .map((device) => ({
      value: accountOf(device),
      label: device.name_by_user || device.name,
    }));
}

/** Return the fields for these parts. */
export function schema(parts) {
  const isBoard = parts.length > 1;
  const ofAccounts = accounts();
  return [
    ...(isBoard || parts[0] === "hero" ? [] : [{ name: "title", selector: { text: {} } }]),
    ...(ofAccounts.length > 1 ? [{ name: "account", selector: choice(ofAccounts) }] : []),
    {
      name: "server",
      selector: { device: { multiple: true, filter: [{ integration: DOMAIN }] } },
    },
    { name: "area", selector: { area: { multiple: true } } },
    { name: "label", selector: { label: { multiple: true } } },
    ...(parts.includes("incidents")
      ? [
          {
            name: "severity",
            selector: choice(
              STATUSES.map((value) => ({ value, label: text(`status.${value}`) })),
            ),
          },
        ]
      : []),
    ...(isBoard
      ? [
          { name: "wall", selector: { boolean: {} } },
          {
            name: "hide",
            selector: choice(PARTS.map((value) => ({ value, label: text(`hide.${value}`) }))),
          },
        ]
      : []),
  ];
}

export const computeLabel = ({ name }) => text(`editor.${name}`);
export const computeHelper = ({ name }) => text(`editor_help.${name}`);

/** Return the visual editor of a card, which Home Assistant builds. */
export const configForm = (parts) => ({
  schema: schema(parts),
  computeLabel,
  computeHelper,
  assertConfig: checkConfig,
});

/** Return what suggests a card for the server of an entity, and for its area if it has one. */
export const suggestionsOf = (type) => (hass, entityId) => {
  const entity = hass.entities[entityId];
  if (!entity || entity.platform !== DOMAIN) {
    return null;
  }
  const device = hass.devices[entity.device_id] || {};
  const area = hass.areas[entity.area_id || device.area_id];
  const server = device.parent_device_id || device.id;
  const only = isAccount(device) ? { account: accountOf(device) } : { server };
  return [
    { config: { type, ...(server && only) } },
    ...(area ? [{ label: area.name, config: { type, area: area.area_id } }] : []),
  ];
};
