/** The dashboard that makes itself, and the form of its options. */

import { PARTS } from "./const.js";
import { checkConfig, computeHelper, computeLabel, schema } from "./editor.js";
import { element } from "./element.js";
import { loadTexts } from "./texts.js";

const BOARD = "custom:bleemeo-board-card";

export class DashboardStrategy extends HTMLElement {
  static getCreateSuggestions() {
    return { title: "Bleemeo", icon: "mdi:server-network" };
  }

  static getConfigElement() {
    return document.createElement("bleemeo-strategy-editor");
  }

  /** What is shown follows by itself. */
  static shouldRegenerate() {
    return false;
  }

  static async generate({ type, ...options }) {
    checkConfig(options);
    return {
      title: "Bleemeo",
      views: [
        {
          // the page is called so, also in the list of what is open in a browser
          title: "Bleemeo",
          path: "overview",
          type: "panel",
          cards: [{ ...options, type: BOARD }],
        },
      ],
    };
  }
}

/** The form behind "Edit": Home Assistant's own, as in the editors of cards. */
export class StrategyEditor extends HTMLElement {
  setConfig(config) {
    this._config = config;
    this._render();
  }

  set hass(hass) {
    this._hass = hass;
    this._render();
  }

  async _render() {
    if (!this._config || !this._hass) {
      return;
    }
    if (!this._form) {
      this._form = element("ha-form", {});
      this._form.addEventListener("value-changed", (event) => {
        event.stopPropagation();
        const { type } = this._config;
        const config = { type, ...given(event.detail.value) };
        this.dispatchEvent(
          new CustomEvent("config-changed", { bubbles: true, composed: true, detail: { config } }),
        );
      });
      await Promise.all([loadTexts(this._hass), loadForm()]);
      this.append(this._form);
    }
    const { type, ...data } = this._config;
    Object.assign(this._form, {
      hass: this._hass,
      data,
      schema: this._schema || (this._schema = schema(PARTS)),
      computeLabel,
      computeHelper,
    });
  }
}

/** Return the options that say something: where nothing is chosen, all is meant. */
function given(options) {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([, value]) => value && !(Array.isArray(value) && !value.length),
    ),
  );
}

/** Have the frontend load its form, which comes with the editor of any card. */
async function loadForm() {
  if (!customElements.get("ha-form") && window.loadCardHelpers) {
    const { createCardElement } = await window.loadCardHelpers();
    const card = createCardElement({ type: "entities", entities: [] });
    await customElements.whenDefined("hui-entities-card");
    await card.constructor.getConfigElement();
  }
}
