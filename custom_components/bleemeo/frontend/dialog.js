/** All about one alert: what it says, how it was, who has seen it, and what can be done. */

import {
  acknowledgedWords,
  seenWords,
  silenceSpans,
  silenceWords,
  sinceWords,
  spans,
  targetOfIncidents,
} from "./actions.js";
import { Bar } from "./bar.js";
import { DAY, ICONS } from "./const.js";
import { button, element, icon, joined, place, setDark, setText, symbol } from "./element.js";
import { Gauge } from "./gauge.js";
import { quietSpans } from "./known.js";
import { habit } from "./model.js";
import { DIALOG_STYLE } from "./style-dialog.js";
import { BASE_STYLE } from "./style.js";
import { counted, text } from "./texts.js";

export class AlertDialog extends HTMLElement {
  constructor() {
    super();
    this._symbol = symbol();
    this._title = element("h2", { id: "title" });
    this._sub = element("p", { className: "sub" });
    this._close = button("close", () => this.closeDialog(), icon("mdi:close"));
    this._text = element("p", { className: "said" });
    this._gauge = new Gauge();
    this._bar = new Bar();
    this._from = element("span", {});
    this._known = element("span", {});
    this._now = element("span", {});
    const scale = { className: "scale", "aria-hidden": "true" };
    this._scale = element("p", scale, this._from, this._known, this._now);
    this._habit = element("p", { className: "habit" });
    this._seen = element("p", { className: "seen" });
    this._silence = element("p", { className: "seen" });
    this._comment = element("input", { className: "comment", type: "text", maxLength: 200 });
    this._acknowledge = element("div", { className: "buttons", role: "group" });
    this._silences = element("div", { className: "buttons", role: "group" });
    this._links = element("div", { className: "buttons links" });
    this._dialog = element(
      "dialog",
      { "aria-labelledby": "title", onclose: () => this._leave() },
      element(
        "header",
        {},
        this._symbol,
        element("div", { className: "text" }, this._title, this._sub),
        this._close,
      ),
      this._text,
      this._gauge.node,
      element("div", {}, this._bar.node, this._scale),
      this._habit,
      this._seen,
      this._acknowledge,
      this._comment,
      this._silence,
      this._silences,
      this._links,
    );
    // a press beside it closes it, as everywhere in Home Assistant
    this._dialog.addEventListener("click", (event) => {
      if (event.target === this._dialog) {
        this.closeDialog();
      }
    });
    this.attachShadow({ mode: "open" }).append(
      element("style", { textContent: BASE_STYLE + DIALOG_STYLE }),
      this._dialog,
    );
  }

  /** Show an alert of a card, or how to silence its server, while that changes. */
  showDialog({ card, incident, section }) {
    this._card = card;
    card.dialog = this;
    this._isOfServer = section === "silence";
    this._id = incident.id;
    this._incident = incident;
    this._built = undefined;
    this._comment.value = "";
    // what was done can be taken back on top of the dialog, and when it has closed
    this._dialog.append(card.notice.node);
    this.update(card.view);
  }

  /** Home Assistant puts it into the page, and takes the way back as its end. */
  connectedCallback() {
    this._begin();
    if (this._isOfServer) {
      (this._silences.querySelector("button") || this._close).focus();
    }
  }

  // browsers of 2020 know no dialogs, or only some of them
  _begin() {
    const isKnown = Boolean(this._dialog.showModal);
    this.toggleAttribute("plain", !isKnown);
    if (isKnown) {
      this._dialog.showModal();
    } else {
      this._dialog.setAttribute("open", "");
      this._close.focus();
    }
  }

  closeDialog() {
    if (this._dialog.close) {
      this._dialog.close();
    } else {
      this._dialog.removeAttribute("open");
      this._leave();
    }
  }

  _leave() {
    this._card.keepNotice();
    this._card.dialog = undefined;
    const detail = { dialog: this.localName };
    this.dispatchEvent(new CustomEvent("dialog-closed", { detail }));
    this.remove();
  }

  update(view) {
    this._view = view;
    const { store, selection, hass } = view;
    setDark(this, hass);
    const incident = store.incidents.get(this._id) || this._incident;
    const entry = selection.byKey.get(incident.server) || this._entry;
    if (store.isGone(entry.server)) {
      this.closeDialog();
      return;
    }
    this._incident = incident;
    this._entry = entry;
    const metric = incident.metric_name || incident.title || "";
    this._dialog.className = incident.ended ? "ok" : incident.status;
    this._symbol.icon = incident.ended ? ICONS.ok : ICONS[incident.status];
    setText(this._title, joined(entry.server.name, metric));
    if (this._isOfServer) {
      this._dialog.className = "";
      this._symbol.icon = "mdi:bell-sleep";
      setText(this._title, text("action.silence_server", { server: entry.server.name }));
    }
    for (const part of [this._sub, this._text, this._bar.node.parentNode, this._habit, this._seen]) {
      part.hidden = this._isOfServer;
    }
    this._close.setAttribute("aria-label", text("dialog.close"));
    setText(this._text, incident.text || incident.title || "");
    this._gauge.update(this._isOfServer ? {} : incident, view.f);
    this._showActions(incident, entry);
    this.tick(view);
  }

  tick(view) {
    this._view = view;
    const { now, f } = view;
    const { _incident: incident, _entry: entry } = this;
    const { began, ended, worst, status } = incident;
    setText(
      this._sub,
      ended
        ? joined(
            text(`status.${worst}`),
            `${f.when(began, now)} – ${f.when(ended, now)}`,
            f.duration(ended - began),
          )
        : joined(text(`status.${status}`), sinceWords(incident, now, f)),
    );
    const own = entry.incidents.filter(({ metric_id }) => metric_id === incident.metric_id);
    const known = { since: incident.known || entry.since, gaps: entry.gaps };
    const quiet = quietSpans(entry.server, now, incident.metric_id);
    this._bar.update({ incidents: own, known, quiet, days: 1 }, now, f);
    setText(this._from, f.ago(DAY));
    const isShort = known.since > now - DAY;
    setText(
      this._known,
      isShort ? text("wall.known_since", { time: f.when(known.since, now) }) : "",
    );
    setText(this._now, text("timeline.now"));
    const { times, usually } = habit(incident, entry.incidents, now);
    setText(
      this._habit,
      joined(
        times > 1 ? counted("habit.times", times) : text("habit.first"),
        times > 1 && usually !== null && text("habit.usually", { duration: f.duration(usually) }),
      ),
    );
    setText(this._seen, seenWords(incident, now, f));
    setText(this._silence, silenceWords(entry.server.silenced, now, f));
  }

  /** Make the buttons anew only when they differ: one of them may be in the focus. */
  _showActions(incident, entry) {
    const { server } = entry;
    const built = [
      Boolean(incident.ended),
      Boolean(incident.acknowledged),
      Boolean(server.silenced),
      server.may_control,
      this._view.f.language,
    ].join();
    if (this._built === built) {
      return;
    }
    const hadFocus = Boolean(this.shadowRoot.activeElement) && this._built !== undefined;
    this._built = built;
    const { now, f } = this._view;
    const isSeen = !this._isOfServer && server.may_control && !incident.ended;
    const isSilenced = server.may_control && Boolean(server.device_id);
    place(this._acknowledge, isSeen ? this._acknowledgeButtons(incident, now, f) : []);
    this._acknowledge.setAttribute("aria-label", text("action.acknowledge"));
    // a comment is for what can be done next
    this._comment.hidden = !isSeen && !(isSilenced && this._isOfServer && !server.silenced);
    this._comment.placeholder = text("dialog.comment");
    this._comment.setAttribute("aria-label", text("dialog.comment"));
    place(this._silences, isSilenced ? this._silenceButtons(entry, now, f) : []);
    this._silences.setAttribute("aria-label", text("action.silence"));
    place(this._links, this._linksOf(this._isOfServer ? {} : incident, server));
    if (hadFocus && !this.shadowRoot.activeElement) {
      this._close.focus();
    }
  }

  _acknowledgeButtons(incident, now, f) {
    const target = targetOfIncidents([incident], this._view.selection);
    if (incident.acknowledged) {
      const words = counted("action.done_unacknowledge", 1);
      return [button("action", () => this._act("unacknowledge", target, {}, words), text("action.unacknowledge"))];
    }
    return spans(now, f).map(({ key, data }, index) =>
      button(
        index ? "action" : "action primary",
        () => this._act("acknowledge", target, data, acknowledgedWords([incident])),
        index ? text(`span.${key}`) : text("action.acknowledge"),
      ),
    );
  }

  _silenceButtons({ server, name }, now, f) {
    const target = { device_id: [server.device_id] };
    if (server.silenced) {
      const words = text("action.done_unsilence", { server: name });
      return [button("action", () => this._act("unsilence", target, {}, words), text("action.unsilence"))];
    }
    const label = text("action.silence_server", { server: name });
    return [
      ...(this._isOfServer ? [] : [element("span", { className: "label" }, label)]),
      ...silenceSpans(now, f).map(({ key, data }) =>
        button(
          "action",
          () => this._act("silence", target, data, text("action.done_silence", { server: name })),
          text(`span.${key}`),
        ),
      ),
    ];
  }

  _linksOf({ entity_id }, { device_id }) {
    const { hass } = this._view;
    const device = hass.devices[device_id];
    const links = [];
    if (entity_id && hass.states[entity_id]) {
      links.push(
        button(
          "action",
          () => {
            this.closeDialog();
            this._card.showMore(entity_id);
          },
          text("dialog.more"),
        ),
      );
    }
    // the registry's address is a person's or Bleemeo's: only one of the web is a link
    if (device && /^https?:/.test(device.configuration_url || "")) {
      const href = device.configuration_url;
      links.push(
        element("a", { className: "action", href, target: "_blank", rel: "noreferrer" }, text("dialog.panel")),
      );
    }
    return links;
  }

  async _act(action, target, data, words) {
    const comment = this._comment.value.trim();
    const takesComment = action === "acknowledge" || action === "silence";
    const all = takesComment && comment ? { ...data, comment } : data;
    if (await this._card.notice.act(this._view.hass, action, target, all, words)) {
      this._comment.value = "";
    }
  }
}
