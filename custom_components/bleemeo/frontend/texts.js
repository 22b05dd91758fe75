/** The texts that the user reads, from translations/*.json. */

import { DOMAIN } from "./const.js";

let localize = () => "";
let loading;

/** Return a promise that resolves once the texts of translations/*.json are loaded. */
export function loadTexts(hass) {
  if (loading?.language !== hass.language) {
    const promise = hass.loadBackendTranslation("config_panel", DOMAIN).then(
      (loaded) => {
        localize = loaded;
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

export const text = (key, values) =>
  localize(`component.${DOMAIN}.config_panel.${key}`, values) || "";

const pageHass = () => document.querySelector("home-assistant")?.hass;

/** Load the texts before somebody opens the dialog that lists the dashboards. */
export function loadTextsSoon(tries = 100) {
  if (pageHass()?.loadBackendTranslation) {
    loadTexts(pageHass());
  } else if (tries) {
    setTimeout(loadTextsSoon, 200, tries - 1);
  }
}
