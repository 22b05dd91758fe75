/** The open alerts of one server: one line, or one for each when it is unfolded. */

import { isSilent, openFor, seenWords, silenceWords } from "./actions.js";
import { ICONS } from "./const.js";
import {
  brief,
  button,
  element,
  icon,
  joined,
  place,
  setAttribute,
  setName,
  setText,
  symbol,
} from "./element.js";
import { countByStatus, habit } from "./model.js";
import { counted, text } from "./texts.js";

/** One open alert within a group. */
class Line {
  constructor(incidents) {
    this._part = incidents;
    this._symbol = symbol();
    this._metric = element("b", {});
    this._words = element("span", { className: "what" });
    this._since = element("span", { className: "since" });
    this._seen = element("span", { className: "seen" });
    this._tick = button("tick", () => this._toggle(), icon("mdi:check"));
    this._open = button(
      "alert",
      () => this._part.host.openAlert(this._incident),
      this._symbol,
      element("span", { className: "text" }, this._metric, this._words, this._seen),
      this._since,
    );
    this.node = element("li", {}, this._open, this._tick);
  }

  update(incident, { name, server }) {
    this._incident = incident;
    const { status, metric_name, title, acknowledged } = incident;
    const metric = metric_name || title || "";
    this.node.className = `${status}${incident.needs_attention ? "" : " calm"}`;
    this._symbol.icon = ICONS[status];
    setText(this._metric, metric);
    setAttribute(this._tick, "aria-pressed", Boolean(acknowledged));
    this._tick.hidden = !server.may_control;
    const label = text("action.acknowledge_metric", { metric, server: name });
    setAttribute(this._tick, "aria-label", label);
    this._tick.title = acknowledged ? text("action.unacknowledge") : text("action.acknowledge");
    this.tick(this._part.view);
  }

  tick({ now, f }) {
    const { status, is_test, flapping, silenced } = this._incident;
    setText(
      this._words,
      joined(
        text(`status.${status}`),
        is_test && text("incidents.test"),
        flapping && text("incidents.flapping"),
        brief(this._incident.text),
      ),
    );
    setText(
      this._seen,
      joined(
        seenWords(this._incident, now, f),
        isSilent(silenced, now) && silenceWords(silenced, now, f),
      ),
    );
    setText(this._since, openFor(this._incident, now, f));
  }

  async _toggle() {
    // `disabled` would take the focus away
    if (this._isBusy) {
      return;
    }
    this._isBusy = true;
    await this._part.toggle(this._incident);
    this._isBusy = false;
  }
}

const isSame = (some, others) =>
  some.length === others.length && some.every((each, index) => each === others[index]);

/** A server with its open alerts. */
export class Group {
  constructor(incidents, key) {
    this._part = incidents;
    this._key = key;
    this._lines = new Map();
    this._symbol = symbol();
    this._name = element("span", { className: "name" });
    this._summary = element("span", { className: "summary" });
    this._detail = element("span", { className: "detail" });
    this._chevron = icon("mdi:chevron-down");
    this._head = button(
      "head",
      () => this._press(),
      this._symbol,
      element("span", { className: "text" }, this._name, this._summary, this._detail),
      this._chevron,
    );
    this._acknowledge = button("action", () => this._onAcknowledge());
    this._silence = button("action", () => this._onSilence());
    this._list = element("ul", { className: "lines" });
    this.node = element(
      "div",
      { className: "group", role: "listitem" },
      this._head,
      element("div", { className: "buttons" }, this._acknowledge, this._silence),
      this._list,
    );
  }

  update(group) {
    const { server, name, incidents, folded } = group;
    const isUnfolded = this._part.isUnfolded(this._key, incidents);
    if (
      this._group &&
      this._group.server === server &&
      this._group.name === name &&
      isSame(this._group.incidents, incidents) &&
      isSame(this._group.folded, folded) &&
      this._wasUnfolded === isUnfolded &&
      this._f === this._part.view.f
    ) {
      return;
    }
    this._group = group;
    this._wasUnfolded = isUnfolded;
    this._f = this._part.view.f;
    const [worst] = incidents;
    this._isSingle = incidents.length === 1 && !folded.length;
    this._isUnfolded = !this._isSingle && isUnfolded;
    const needs = incidents.some(({ needs_attention }) => needs_attention);
    this.node.className = `group ${worst.status}${needs ? "" : " calm"}`;
    this._symbol.icon = server.unreachable ? "mdi:lan-disconnect" : ICONS[worst.status];
    setName(this._name, name);
    this._chevron.style.display = this._isSingle ? "none" : "";
    setAttribute(this._head, "aria-expanded", this._isSingle ? null : this._isUnfolded);
    const left = this._left();
    this._acknowledge.hidden = !server.may_control;
    setText(
      this._acknowledge,
      left.length ? text("action.acknowledge") : text("action.unacknowledge"),
    );
    setAttribute(
      this._acknowledge,
      "aria-label",
      text(left.length ? "action.acknowledge_server" : "action.unacknowledge_server", { server: name }),
    );
    setText(this._silence, server.silenced ? text("action.unsilence") : text("action.silence"));
    this._silence.hidden = !server.may_control || !server.device_id;
    setAttribute(this._silence, "aria-label", `${this._silence.textContent}: ${name}`);
    this._showLines();
    this.tick(this._part.view);
  }

  tick(view) {
    const { now, f } = view;
    const { server, incidents, folded } = this._group;
    const [worst] = incidents;
    setText(this._summary, this._summaryWords(f));
    const { times, usually } = habit(worst, view.selection.byKey.get(this._key).incidents, now);
    setText(
      this._detail,
      joined(
        this._isSingle && brief(worst.text),
        text("hero.for", { duration: openFor(worst, now, f) }),
        times > 1 && counted("habit.times", times),
        times > 1 && usually !== null && text("habit.usually", { duration: f.duration(usually) }),
        folded.length && counted("hero.waiting", folded.length),
        this._isSingle && seenWords(worst, now, f),
        isSilent(server.silenced, now) && silenceWords(server.silenced, now, f),
      ),
    );
    if (this._isUnfolded) {
      this._lines.forEach((line) => line.tick(view));
    }
  }

  _summaryWords(f) {
    const { server, incidents } = this._group;
    const [worst] = incidents;
    if (server.unreachable) {
      return text("incidents.unreachable");
    }
    if (this._isSingle) {
      return joined(
        worst.metric_name || worst.title,
        text(`state.${worst.status}`),
        worst.is_test && text("incidents.test"),
        worst.flapping && text("incidents.flapping"),
      );
    }
    const counts = countByStatus(incidents);
    return f.list(
      Object.keys(counts)
        .filter((status) => counts[status])
        .map((status) => counted(`count.${status}`, counts[status])),
    );
  }

  _showLines() {
    const { incidents, folded } = this._group;
    this._list.hidden = !this._isUnfolded;
    this._chevron.icon = this._isUnfolded ? "mdi:chevron-up" : "mdi:chevron-down";
    const shown = this._isUnfolded ? [...incidents, ...folded] : [];
    const ids = new Set(shown.map(({ id }) => id));
    for (const id of [...this._lines.keys()]) {
      if (!ids.has(id)) {
        this._lines.delete(id);
      }
    }
    place(
      this._list,
      shown.map((incident) => {
        if (!this._lines.has(incident.id)) {
          this._lines.set(incident.id, new Line(this._part));
        }
        const line = this._lines.get(incident.id);
        line.update(incident, this._group);
        return line.node;
      }),
    );
  }

  _left() {
    return [...this._group.incidents, ...this._group.folded].filter(
      ({ acknowledged }) => !acknowledged,
    );
  }

  _press() {
    if (this._isSingle) {
      this._part.host.openAlert(this._group.incidents[0]);
      return;
    }
    this._part.unfold(this._key, !this._isUnfolded);
    this.update(this._group);
  }

  _onAcknowledge() {
    const left = this._left();
    if (left.length) {
      this._part.acknowledge(left);
    } else {
      this._part.unacknowledge([...this._group.incidents, ...this._group.folded]);
    }
  }

  _onSilence() {
    const { server, name } = this._group;
    if (server.silenced) {
      const target = { device_id: [server.device_id] };
      this._part.act("unsilence", target, text("action.done_unsilence", { server: name }));
    } else {
      this._part.host.openAlert(this._group.incidents[0], "silence");
    }
  }
}
