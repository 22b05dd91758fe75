/** The texts that the user reads, from translations/*.json. */

import { DOMAIN } from "./const.js";
import { isolated } from "./element.js";

let localize = () => "";
let loading;

/** Return a promise of whether the texts of translations/*.json are there. */
export function loadTexts(hass) {
  if (!loading || loading.language !== hass.language) {
    const promise = hass.loadBackendTranslation("config_panel", DOMAIN).then(
      (loaded) => {
        localize = loaded;
        return true;
      },
      () => {
        // the connection was lost; the next call tries again
        loading = undefined;
        return false;
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
  // Home Assistant takes no plurals inside a text of the integration; what is said of
  // one thing has no number in it, and may be in another language than the user's
  return text(`${key}_${count === 1 ? "one" : "other"}`, { count, ...values });
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
