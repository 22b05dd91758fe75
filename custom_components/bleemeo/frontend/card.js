/** The cards: each shows some parts of what is known, and keeps them up to date. */

import { Notice } from "./actions.js";
import { PARTS, RANGES, WEEK_DAYS } from "./const.js";
import { AlertDialog } from "./dialog.js";
import { checkConfig, configForm } from "./editor.js";
import { element, setText } from "./element.js";
import { formats } from "./format.js";
import { Hero } from "./hero.js";
import { Incidents } from "./incidents.js";
import { keep, kept } from "./kept.js";
import { Layout } from "./layout.js";
import { Live } from "./live.js";
import { select } from "./model.js";
import { storeOf } from "./store.js";
import { BASE_STYLE } from "./style.js";
import { PARTS_STYLE } from "./style-parts.js";
import { WALL_STYLE } from "./style-wall.js";
import { text } from "./texts.js";
import { Timeline } from "./timeline.js";
import { reload, whenOutdated } from "./version.js";
import { Wall } from "./wall.js";
import { WallMode } from "./wall-mode.js";

const CLASSES = { hero: Hero, incidents: Incidents, timeline: Timeline, servers: Wall };
const DIALOG = "bleemeo-alert-dialog";

/** A card that shows parts; which ones, the subclasses below say. */
class Card extends Live {
  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    return configForm(this.parts);
  }

  constructor() {
    super();
    this.notice = new Notice();
    this._update = element("span", {});
    this._reload = element("button", { className: "action", type: "button", onclick: reload });
    this._outdated = element(
      "div",
      { className: "update", role: "status", hidden: true },
      this._update,
      this._reload,
    );
    this._layout = new Layout(this);
    this._box = element(this.constructor.frame, { className: "box" });
    this._wallMode = new WallMode(this);
    this._box.append(this._outdated, this._layout.node);
    this.keepNotice();
    this.attachShadow({ mode: "open" }).append(
      element("style", { textContent: BASE_STYLE + PARTS_STYLE + WALL_STYLE }),
      this._box,
    );
  }

  setConfig(config) {
    checkConfig(config);
    this._config = config;
    const hidden = [config.hide || []].flat();
    this._disconnectParts();
    this._parts = new Map(
      this.constructor.parts
        .filter((name) => !hidden.includes(name))
        .map((name) => [name, new CLASSES[name](this)]),
    );
    this._updated = new Set();
    this._days = [config.days, kept("days"), 1].find((days) => RANGES.includes(days));
    this._wallMode.configure(Boolean(config.wall));
    this._stopListening();
    this._connect();
  }

  set hass(hass) {
    super.hass = hass;
    if (this._locale !== hass.locale || this._areas !== hass.areas) {
      this._locale = hass.locale;
      this._areas = hass.areas;
      this._render();
    }
    this._connect();
  }

  /** Whether the card is shown in an editor. */
  set preview(preview) {
    this._preview = preview;
    this._wallMode.follow();
  }

  get preview() {
    return this._preview;
  }

  /** What is shown: the dialog of an alert shows the same. */
  get view() {
    return this._view;
  }

  connectedCallback() {
    super.connectedCallback();
    this._isConnected = true;
    this._forget = whenOutdated(() => {
      this._outdated.hidden = false;
    });
    this._layout.connect();
    this._wallMode.connect();
    this._connect();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._isConnected = false;
    this._forget();
    this._layout.disconnect();
    this._wallMode.disconnect();
    this._disconnectParts();
    this._stopListening();
    // nothing would be told there any more
    if (this.dialog) {
      this.dialog.closeDialog();
    }
  }

  getCardSize() {
    return this.constructor.parts.length > 1 ? 12 : 3;
  }

  getGridOptions() {
    return { columns: "full", min_columns: 6 };
  }

  /** Have Home Assistant open the dialog of an alert, as it does its own. */
  openAlert(incident, section) {
    const dialogParams = { card: this, incident, section };
    const detail = { dialogTag: DIALOG, dialogImport: () => Promise.resolve(), dialogParams };
    this.dispatchEvent(new CustomEvent("show-dialog", { bubbles: true, composed: true, detail }));
  }

  /** Have what was done on the card again, after a dialog had it. */
  keepNotice() {
    this._box.append(this.notice.node);
  }

  setDays(days) {
    this._days = days;
    keep("days", days);
    this._stopListening();
    this._connect();
  }

  /** Listen to what is known, and to more of it where more days are shown. */
  _connect() {
    if (!this._isConnected || !this._hass || !this._config || this._unlisten) {
      return;
    }
    const { connection } = this._hass;
    this._store = storeOf(connection, WEEK_DAYS);
    this._longStore =
      this._parts.has("servers") && this._days > WEEK_DAYS
        ? storeOf(connection, this._days)
        : this._store;
    const stops = [...new Set([this._store, this._longStore])].map((store) =>
      store.listen(() => this._render()),
    );
    this._unlisten = () => stops.forEach((stop) => stop());
    this._render();
  }

  _stopListening() {
    if (this._unlisten) {
      this._unlisten();
      this._unlisten = undefined;
    }
  }

  _disconnectParts() {
    (this._parts || []).forEach((part) => part.disconnect && part.disconnect());
  }

  _viewOf(store) {
    const f = formats(this._hass);
    const selection = select(store, this._config, f.compare, this._hass);
    return {
      hass: this._hass,
      store,
      selection,
      f,
      now: store.now(),
      days: this._days,
      options: this._config,
    };
  }

  _render() {
    if (!this._unlisten || !this._areTextsReady) {
      return;
    }
    const view = this._viewOf(this._store);
    const long = this._longStore;
    // the servers are shown from the week until the longer time is there
    const wallView = long !== this._store && long.ready ? this._viewOf(long) : view;
    this._view = view;
    this._wallView = wallView;
    setText(this._update, text("card.outdated"));
    setText(this._reload, text("card.reload"));
    this._wallMode.update(view);
    if (this.dialog) {
      this.dialog.update(view);
    }
    this._updateParts([...this._parts.keys()]);
  }

  /** Update a part, and the others in turns of their own: a browser stays at hand so. */
  _updateParts([name, ...others]) {
    clearTimeout(this._updating);
    if (name === undefined || !this._unlisten) {
      return;
    }
    this._parts.get(name).update(name === "servers" ? this._wallView : this._view);
    this._updated.add(name);
    this._arrange();
    if (others.length) {
      this._updating = setTimeout(() => this._updateParts(others));
    }
  }

  /** Show the parts that have something to say. */
  _arrange() {
    const isAlone = this._parts.size === 1;
    this._layout.show(
      new Map(
        [...this._parts]
          .filter(
            ([name, part]) =>
              this._updated.has(name) && (isAlone || name === "hero" || !part.isEmpty),
          )
          .map(([name, part]) => [name, part.node]),
      ),
    );
  }

  _tick() {
    if (!this._view || document.visibilityState === "hidden" || !this._store.ready) {
      return;
    }
    this._view.now = this._store.now();
    this._wallView.now = this._view.now;
    for (const name of this._updated) {
      this._parts.get(name).tick(name === "servers" ? this._wallView : this._view);
    }
    this._wallMode.tick();
    if (this.dialog) {
      this.dialog.tick(this._view);
    }
  }
}

const cardOf = (parts, frame) =>
  class extends Card {
    static get parts() {
      return parts;
    }

    static get frame() {
      return frame;
    }
  };

/** All parts: what the dashboard shows. */
export const BoardCard = cardOf(PARTS, "div");
export const HeroCard = cardOf(["hero"], "ha-card");
export const AlertsCard = cardOf(["incidents"], "ha-card");
export const ServersCard = cardOf(["servers"], "ha-card");
export const TimelineCard = cardOf(["timeline"], "ha-card");

/** Define the dialog with the cards that open it. */
export const defineDialog = () => customElements.define(DIALOG, AlertDialog);
