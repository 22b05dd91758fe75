/** What a person can do about an alert or a server, and take back for a while. */

import { DOMAIN, HOUR, SECOND } from "./const.js";
import { button, element, joined, setText } from "./element.js";
import { counted, text } from "./texts.js";

const UNDO = 10 * SECOND;
const OPPOSITES = { acknowledge: "unacknowledge", silence: "unsilence" };

/** Return the choices of how long: the key of the text, and what it means from now on. */
export const spans = (now, f) => [
  { key: "until_over", data: {} },
  { key: "for_hour", data: { duration: { minutes: 60 } } },
  { key: "until_morning", data: { until: new Date(f.morning(now)).toISOString() } },
];

/** A silence needs an end, or nobody hears of that server again. */
export const silenceSpans = (now, f) => [
  { key: "for_hour", data: { duration: { minutes: 60 } } },
  { key: "until_morning", data: { until: new Date(f.morning(now)).toISOString() } },
  { key: "for_day", data: { until: new Date(now + 24 * HOUR).toISOString() } },
];

/** Return the target of alerts; a sensor that is not there is named by its server. */
export function targetOfIncidents(incidents, { byKey }) {
  const entities = incidents.map(({ entity_id }) => entity_id).filter(Boolean);
  const devices = incidents
    .filter(({ entity_id }) => !entity_id)
    .map(({ server }) => (byKey.get(server) || { server: {} }).server.device_id)
    .filter(Boolean);
  return {
    ...(entities.length && { entity_id: entities }),
    ...(devices.length && { device_id: [...new Set(devices)] }),
  };
}

/** Says what was done, and offers to take it back for ten seconds. */
export class Notice {
  constructor() {
    this._words = element("span", {});
    this._undo = button("undo", () => this._takeBack());
    this._box = element("div", { className: "notice", hidden: true }, this._words, this._undo);
    // it must be there before its words, or a screen reader says nothing
    this.node = element("div", { className: "notices", role: "status" }, this._box);
  }

  /** Call an action; say what was done once Home Assistant has done it. */
  async act(hass, action, target, data, words) {
    try {
      await hass.callService(DOMAIN, action, data, target);
    } catch {
      // Home Assistant has already told the user
      return false;
    }
    const opposite = OPPOSITES[action];
    this.show(words, opposite && (() => hass.callService(DOMAIN, opposite, {}, target)));
    return true;
  }

  show(words, takeBack) {
    clearTimeout(this._timer);
    this._back = takeBack;
    setText(this._words, words);
    setText(this._undo, text("action.undo"));
    this._undo.hidden = !takeBack;
    this._box.hidden = false;
    this._timer = setTimeout(() => this._hide(), UNDO);
  }

  async _takeBack() {
    const back = this._back;
    this._hide();
    try {
      await back();
    } catch {
      // Home Assistant has already told the user
    }
  }

  _hide() {
    clearTimeout(this._timer);
    this._box.hidden = true;
    this._back = undefined;
    setText(this._words, "");
  }
}

/** Return words like "3 alerts acknowledged". */
export const acknowledgedWords = (incidents) => counted("action.done_acknowledge", incidents.length);

/** Return how long an alert has been open: at least, if it was found when it was already. */
export function openFor({ began, began_earlier }, now, f) {
  const time = f.duration(now - began);
  return began_earlier ? text("card.at_least", { time }) : time;
}

/** Return since when an alert has been open, as far as that is known, and how long. */
export function sinceWords(alert, now, f) {
  const duration = openFor(alert, now, f);
  return alert.began_earlier
    ? text("hero.for", { duration })
    : joined(text("hero.since", { time: f.when(alert.began, now) }), duration);
}

/** Return who has seen an alert, when, until when, and what they said; or nothing. */
export function seenWords({ acknowledged }, now, f) {
  if (!acknowledged) {
    return "";
  }
  const { at, until, by, comment } = acknowledged;
  const time = f.when(Date.parse(at), now);
  const ends = until ? text("seen.until", { time: f.when(Date.parse(until), now) }) : "";
  return [
    by ? text("seen.by", { name: by, time }) : text("seen.at", { time }),
    ends && `, ${ends}`,
    comment && ` ${text("seen.comment", { comment })}`,
  ]
    .filter(Boolean)
    .join("");
}

/** Return how long something is kept quiet, and why; or nothing. */
export function silenceWords(silence, now, f) {
  if (!silence) {
    return "";
  }
  const { until, comment } = silence;
  const words = until
    ? text("silence.until", { time: f.when(Date.parse(until), now) })
    : text("silence.on");
  return comment ? `${words} ${text("seen.comment", { comment })}` : words;
}

/** Return whether a silence is in force, and not only planned. */
export const isSilent = (silence, now) => Boolean(silence) && !(Date.parse(silence.from) > now);
