/**
 * Bleemeo in Home Assistant's frontend: a card with the open alerts, and a dashboard made
 * of Home Assistant's own cards.
 *
 * What is shown is read from `hass`, which needs no extra request and no admin. Whatever a
 * server sends is put into the page as text, never as HTML.
 */

import { BleemeoAlertsCard } from "./card.js";
import { CARD } from "./const.js";
import { suggestions } from "./editor.js";
import {
  BleemeoAgentsStrategy,
  BleemeoDashboardStrategy,
  BleemeoOverviewStrategy,
  BleemeoRecentStrategy,
} from "./strategy.js";
import { loadTextsSoon, text } from "./texts.js";
import { watchVersion } from "./version.js";

const DOCUMENTATION =
  "https://github.com/bleemeo-home-assistant/bleemeo-home-assistant/blob/v0.1.0/docs/dashboards.md";

if (!customElements.get(CARD)) {
  customElements.define(CARD, BleemeoAlertsCard);
  customElements.define("ll-strategy-dashboard-bleemeo", BleemeoDashboardStrategy);
  customElements.define("ll-strategy-view-bleemeo-overview", BleemeoOverviewStrategy);
  customElements.define("ll-strategy-view-bleemeo-agents", BleemeoAgentsStrategy);
  customElements.define("ll-strategy-section-bleemeo-recent", BleemeoRecentStrategy);
  // read only when they are shown, after the texts have loaded
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
  watchVersion();
}
