/** An open alert in the card. */

import { DOMAIN, ICONS } from "./const.js";
import { element, icon, setText } from "./element.js";
import { metricName } from "./inventory.js";
import { text } from "./texts.js";

/** Return how long ago a time is, in the largest unit that fits. */
function ago(time, language) {
  const seconds = Math.max(0, Math.floor((Date.now() - time) / 1000));
  const [unit, size] = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ].find(([, size]) => seconds >= size) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" });
  return format.format(-Math.floor(seconds / size), unit);
}

/** One open alert: a click shows more, the eye acknowledges. */
export class Row {
  constructor(entity, name) {
    this.entityId = entity.entity_id;
    this.entity = entity;
    this.host = name;
    this.metric = element("span", { className: "metric" });
    this.hostName = element("span", { className: "host" });
    this.text = element("span", { className: "text" });
    this.since = element("time", { className: "since" });
    this.symbol = icon("");
    this.alert = element(
      "button",
      { className: "alert", type: "button", onclick: () => this.open() },
      element("span", { className: "icon" }, this.symbol),
      element("span", { className: "name" }, this.metric, this.hostName),
      this.text,
      this.since,
    );
    this.eye = icon("");
    this.acknowledge = element(
      "button",
      { className: "acknowledge", type: "button", onclick: () => this.toggle() },
      this.eye,
    );
    this.node = element("li", {}, this.alert, this.acknowledge);
  }

  update(hass, state) {
    const {
      status_changed_at,
      happened_at,
      acknowledged,
      flapping,
      text: words,
    } = state.attributes;
    const metric = metricName(this.entity, state);
    this.hass = hass;
    this.state = state;
    this.time = new Date(status_changed_at ?? happened_at ?? state.last_changed);
    // Bleemeo's list says what a status is, but not since when
    this.isAtLeast = !status_changed_at;
    this.node.className = `${state.state}${acknowledged ? " seen" : ""}`;
    this.symbol.icon = ICONS[state.state];
    setText(this.metric, metric);
    setText(this.hostName, this.host);
    setText(
      this.text,
      [
        hass.formatEntityState(state),
        flapping && text("card.flapping"),
        acknowledged && text("card.acknowledged"),
        words,
      ]
        .filter(Boolean)
        .join(" · "),
    );
    this.since.dateTime = this.time.toISOString();
    this.since.title = this.time.toLocaleString(hass.locale.language);
    this.eye.icon = acknowledged ? "mdi:eye-check" : "mdi:eye-outline";
    this.acknowledge.ariaPressed = String(Boolean(acknowledged));
    this.acknowledge.ariaLabel = text("card.acknowledge", { metric, host: this.host });
    this.acknowledge.title = text(acknowledged ? "card.unacknowledge" : "card.acknowledge_short");
    this.tick();
  }

  tick() {
    const time = ago(this.time, this.hass.locale.language);
    setText(this.since, this.isAtLeast ? text("card.at_least", { time }) : time);
  }

  open() {
    const detail = { entityId: this.entityId };
    this.node.dispatchEvent(
      new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }),
    );
  }

  async toggle() {
    // `disabled` would take the focus away
    if (this.acknowledge.ariaDisabled === "true") {
      return;
    }
    const action = this.state.attributes.acknowledged ? "unacknowledge" : "acknowledge";
    this.acknowledge.ariaDisabled = "true";
    try {
      await this.hass.callService(DOMAIN, action, {}, { entity_id: this.entityId });
    } catch {
      // Home Assistant has already told the user
    } finally {
      this.acknowledge.ariaDisabled = "false";
    }
  }
}
