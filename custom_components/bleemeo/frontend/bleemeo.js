/**
 * Bleemeo in Home Assistant's frontend: a dashboard that makes itself, and its parts as
 * cards for dashboards of one's own.
 *
 * What is shown comes from `bleemeo/incidents` and from `hass`; nothing is asked of other
 * machines. Whatever a server sends is put into the page as text, never as HTML.
 */

import { AlertsCard, BoardCard, defineDialog, HeroCard, ServersCard, TimelineCard } from "./card.js";
import { suggestionsOf } from "./editor.js";
import { MoreInfo } from "./more-info.js";
import { OpenAlerts } from "./open-alerts.js";
import { DashboardStrategy, StrategyEditor } from "./strategy.js";
import { loadTextsSoon, text } from "./texts.js";
import { watchVersion } from "./version.js";

const DOCUMENTATION =
  "https://github.com/bleemeo-home-assistant/bleemeo-home-assistant/blob/v0.1.0/docs/dashboards.md";

const CARDS = {
  board: BoardCard,
  alerts: AlertsCard,
  hero: HeroCard,
  servers: ServersCard,
  timeline: TimelineCard,
};

// a page may load the modules twice: by itself, and as a resource of dashboards
if (!customElements.get("bleemeo-board-card")) {
  for (const [name, card] of Object.entries(CARDS)) {
    const type = `bleemeo-${name}-card`;
    customElements.define(type, card);
    window.customCards = window.customCards || [];
    // the texts are read when they are shown, after they have loaded
    window.customCards.push({
      type,
      get name() {
        return text(`cards.${name}`) || "Bleemeo";
      },
      get description() {
        return text(`cards.${name}_description`);
      },
      preview: name !== "board",
      documentationURL: DOCUMENTATION,
      ...(name === "alerts" && { getEntitySuggestion: suggestionsOf(`custom:${type}`) }),
    });
  }
  defineDialog();
  customElements.define("bleemeo-more-info", MoreInfo);
  customElements.define("bleemeo-open-alerts", OpenAlerts);
  customElements.define("bleemeo-strategy-editor", StrategyEditor);
  customElements.define("ll-strategy-dashboard-bleemeo", DashboardStrategy);
  window.customStrategies = window.customStrategies || [];
  window.customStrategies.push({
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
