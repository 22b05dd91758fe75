/** The card's configuration: its visual editor, its check, and its suggestions. */

import { CARD, DOMAIN, STATUSES } from "./const.js";
import { text } from "./texts.js";

/** Return the values of an option, which may be none, one or several. */
export const list = (value) => (value === undefined || value === null ? [] : [value].flat());

/** Throw if the card's configuration is invalid. */
export function checkConfig({ severity, limit }) {
  const wrong = list(severity).find((status) => !STATUSES.includes(status));
  if (wrong !== undefined) {
    throw new Error(`severity: ${wrong} is none of ${STATUSES.join(", ")}`);
  }
  if (limit !== undefined && !(limit >= 1)) {
    throw new Error("limit: must be 1 or more");
  }
}

/** Return the card's visual editor, which Home Assistant builds. */
export function configForm() {
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

/** Suggest the card for an entity of Bleemeo, and for its area if it has one. */
export function suggestions(hass, entityId) {
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
