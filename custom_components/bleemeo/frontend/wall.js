/** The servers, each with its last hours or days, what needs attention first. */

import { isSilent } from "./actions.js";
import { Bar } from "./bar.js";
import { Chips, Search } from "./chips.js";
import { DAY, ICONS, MINUTE, RANGES } from "./const.js";
import {
  brief,
  button,
  element,
  joined,
  place,
  setAttribute,
  setName,
  setText,
  symbol,
} from "./element.js";
import { quietSpans } from "./known.js";
import { uptime } from "./model.js";
import { counted, text } from "./texts.js";
import { List } from "./virtual.js";

const SEARCH_FROM = 20;
// beyond this, servers stand side by side
const MOST_ROWS = 14;
const UNREACHABLE_ICON = "mdi:lan-disconnect";

class Row {
  constructor(wall) {
    this._wall = wall;
    this._symbol = symbol();
    this._name = element("span", { className: "name" });
    this._open = element("span", { className: "count" });
    this._bar = new Bar();
    this._uptime = element("span", { className: "uptime" });
    this._last = element("span", { className: "last" });
    this._button = button(
      "server",
      () => this._press(),
      this._symbol,
      element("span", { className: "who" }, this._name, this._open),
      this._bar.node,
      this._uptime,
      this._last,
    );
    this._metrics = element("ul", { className: "metrics", hidden: true });
    this.node = element("div", { className: "row", role: "listitem" }, this._button, this._metrics);
  }

  update({ entry }) {
    const before = this._entry;
    this._entry = entry;
    const { server, name, incidents, open } = entry;
    const { drawnAt, view } = this._wall;
    if (
      before &&
      before.server === server &&
      before.name === name &&
      before.incidents === incidents &&
      before.open === open &&
      before.gaps === entry.gaps &&
      before.since === entry.since &&
      this._days === view.days &&
      this._f === view.f &&
      this._drawnAt === drawnAt
    ) {
      return;
    }
    this._days = view.days;
    this._f = view.f;
    this._drawnAt = drawnAt;
    const status = open.length ? open[0].status : server.status;
    const needs = open.some(({ needs_attention }) => needs_attention);
    this.node.className = `row ${status}${open.length && !needs ? " calm" : ""}`;
    this._symbol.icon = server.unreachable ? UNREACHABLE_ICON : ICONS[status];
    setName(this._name, name);
    this._button.title = server.name;
    setText(this._open, open.length > 1 ? String(open.length) : "");
    this._showMetrics();
    this.tick(this._wall.view);
  }

  /** What is open on a server unfolds below it; where that is one thing, it opens. */
  _press() {
    const { server, open } = this._entry;
    if (open.length > 1) {
      this._wall.unfold(server.key);
      this._showMetrics();
    } else if (open.length) {
      this._wall.host.openAlert(open[0]);
    } else {
      this._wall.host.showMore(server.problem_entity_id || server.status_entity_id);
    }
  }

  _showMetrics() {
    const { server, open } = this._entry;
    const isUnfolded = open.length > 1 && this._wall.isUnfolded(server.key);
    setAttribute(this._button, "aria-expanded", open.length > 1 ? isUnfolded : null);
    this.node.classList.toggle("unfolded", isUnfolded);
    this._metrics.hidden = !isUnfolded;
    place(
      this._metrics,
      (isUnfolded ? open : []).map((incident) =>
        element(
          "li",
          {},
          button(
            `metric ${incident.status}`,
            () => this._wall.host.openAlert(incident),
            symbol(ICONS[incident.status]),
            element("span", {}, joined(incident.metric_name || incident.title, brief(incident.text))),
          ),
        ),
      ),
    );
  }

  tick({ now, f, days }) {
    const { server, incidents, since } = this._entry;
    const from = now - days * DAY;
    const share = this._wall.uptimeOf(this._entry, from, now);
    setText(this._uptime, share === null ? "–" : f.percent(share));
    setText(this._last, this._lastWords(from, now, f));
    const quiet = quietSpans(server, now);
    this._bar.update({ incidents, known: this._entry, quiet, days }, now, f);
    const known =
      since > from ? text("wall.known_since", { time: f.when(since, now) }) : text("wall.unknown");
    setAttribute(
      this._uptime,
      "aria-label",
      share === null ? known : text("wall.uptime", { percent: f.percent(share) }),
    );
  }

  _lastWords(from, now, f) {
    const { server, open, incidents, since } = this._entry;
    if (server.unreachable) {
      return text("incidents.unreachable");
    }
    if (isSilent(server.silenced, now)) {
      return text("silence.on");
    }
    const [worst] = open;
    if (worst) {
      return text("wall.last_now", { metric: worst.metric_name || worst.title });
    }
    if (since === null) {
      return text("wall.unknown");
    }
    const last = incidents.find(({ ended }) => ended);
    if (!last) {
      return since > from ? text("wall.known_since", { time: f.when(since, now) }) : "";
    }
    return last.ended > from
      ? `${f.duration(last.ended - last.began)}, ${last.metric_name || last.title}`
      : f.ago(now - last.ended);
  }
}

export class Wall {
  constructor(host) {
    this.host = host;
    this._unfolded = new Set();
    this._title = element("h2", {});
    this._sub = element("span", { className: "sub" });
    this._ranges = new Chips((days) => this.host.setDays(days));
    this._search = new Search(() => this.update(this.view));
    this._list = new List({
      make: () => new Row(this),
      // a number that rows of two, three, four or six fill
      size: 24,
      height: 44,
      className: "servers",
    });
    this._none = element("p", { className: "none" });
    this.node = element(
      "section",
      { className: "part wall" },
      element("header", {}, this._title, this._sub, this._search.node, this._ranges.node),
      this._list.node,
      this._none,
    );
  }

  update(view) {
    this.view = view;
    const { selection, f, days, options } = view;
    const { servers } = selection;
    this.isEmpty = !servers.length;
    setText(this._title, options.title || text("wall.title"));
    const count = servers.filter(({ server }) => !server.is_test).length;
    setText(this._sub, count ? counted("wall.count", count) : "");
    this._search.update(servers.length >= SEARCH_FROM);
    this._ranges.update(
      text("wall.range"),
      RANGES.map((each) => [each, f.days(each)]),
      days,
    );
    const { words } = this._search;
    const shown = servers.filter(
      ({ name, server }) =>
        !words || name.toLowerCase().includes(words) || server.name.toLowerCase().includes(words),
    );
    this._none.hidden = shown.length > 0;
    setText(this._none, servers.length ? text("search.none") : text("wall.empty"));
    this._list.node.classList.toggle("tiles", servers.length > MOST_ROWS);
    this._list.node.classList.toggle("rows", servers.length <= MOST_ROWS);
    setAttribute(this._list.node, "aria-label", this._title.textContent);
    setAttribute(this.node, "aria-label", this._title.textContent);
    if (!(view.now - this.drawnAt < MINUTE)) {
      this.drawnAt = view.now;
    }
    this._list.update(shown.map((entry) => ({ key: entry.server.key, entry })));
  }

  tick(view) {
    this.view = view;
    // what is written on a row changes by the minute
    if (view.now - this.drawnAt >= MINUTE) {
      this.drawnAt = view.now;
      this._list.each((row) => row.tick(view));
    }
  }

  disconnect() {
    this._list.disconnect();
  }

  /** Return a server's uptime; Home Assistant's own where not all incidents are here. */
  uptimeOf(entry, from, now) {
    const { store, days } = this.view;
    return store.truncated && store.days === days
      ? entry.server.uptime
      : uptime(entry, from, now);
  }

  isUnfolded(key) {
    return this._unfolded.has(key);
  }

  unfold(key) {
    if (!this._unfolded.delete(key)) {
      this._unfolded.add(key);
    }
  }
}
