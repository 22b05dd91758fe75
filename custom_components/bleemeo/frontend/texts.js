/** The texts that the user reads, from translations/*.json. */

import { DOMAIN } from "./const.js";
import { isolated } from "./element.js";

let localize = () => "";
let loading;
let plurals;

/** Return a promise that resolves once the texts of translations/*.json are loaded. */
export function loadTexts(hass) {
  if (!loading || loading.language !== hass.language) {
    const promise = hass.loadBackendTranslation("config_panel", DOMAIN).then(
      (loaded) => {
        localize = loaded;
        plurals = new Intl.PluralRules(hass.language);
      },
      () => {
        // the connection was lost; the next call tries again
        loading = undefined;
      },
    );
    loading = { language: hass.language, promise };
  }
  return loading.promise;
}

export function text(key, values) {
  const known = Object.entries(values || {}).map(([name, value]) => [name, isolated(value)]);
  return localize(`component.${DOMAIN}.config_panel.${key}`, Object.fromEntries(known)) || "";
}

/** Return a text for a number of things. */
export function counted(key, count, values) {
  // Home Assistant takes no plurals inside a text of the integration
  const form = plurals && plurals.select(count) === "one" ? "one" : "other";
  return text(`${key}_${form}`, { count, ...values });
}

export const pageHass = () => (document.querySelector("home-assistant") || {}).hass;

/** Load the texts before somebody opens the dialog that lists the dashboards. */
export function loadTextsSoon(tries = 100) {
  const hass = pageHass();
  if (hass && hass.loadBackendTranslation) {
    loadTexts(hass);
  } else if (tries) {
    setTimeout(loadTextsSoon, 200, tries - 1);
  }
}
