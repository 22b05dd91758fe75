/** What happened: the last week at a glance, and one line for each incident. */

import { DAY, ICONS, STATUSES, WEEK_DAYS } from "./const.js";
import { button, element, joined, place, setAttribute, setText, symbol } from "./element.js";
import { together, unknownTime } from "./known.js";
import { LastLook } from "./look.js";
import { counted, text } from "./texts.js";
import { List } from "./virtual.js";

class Line {
  constructor(timeline) {
    this._timeline = timeline;
    this._symbol = symbol();
    this._when = element("span", { className: "when" });
    this._server = element("b", {});
    this._words = element("span", {});
    this._new = element("span", { className: "new" });
    this._button = button(
      "incident",
      () => this._timeline.open(this._incident, this._day),
      this._when,
      this._symbol,
      element("span", { className: "text" }, this._server, this._words, this._new),
    );
    this.node = element("div", { className: "line", role: "listitem" }, this._button);
  }

  update({ incident, day }) {
    this._incident = incident;
    this._day = day;
    if (day) {
      this._summary(day);
      return;
    }
    this.node.className = `line ${incident.worst}${incident.ended ? " over" : ""}`;
    this._symbol.icon = ICONS[incident.worst];
    const { selection, look } = this._timeline.view;
    setText(this._server, selection.byKey.get(incident.server).name);
    const isNew = look.isNew(incident);
    setText(this._new, isNew ? "●" : "");
    setAttribute(this._new, "title", isNew ? text("timeline.new") : null);
    setAttribute(this._new, "aria-label", isNew ? text("timeline.new") : null);
    setAttribute(this._new, "role", isNew ? "img" : null);
    this.tick(this._timeline.view);
  }

  tick({ now, f }) {
    const { began, ended, metric_name, title, worst } = this._incident || {};
    if (!began) {
      return;
    }
    const end = ended ? f.time(ended) : text("timeline.now");
    setText(this._when, `${f.time(began)} – ${end}`);
    setText(
      this._words,
      ` · ${joined(
        metric_name || title,
        text(`state.${worst}`),
        f.duration((ended || now) - began),
      )}`,
    );
  }

  _summary({ name, count, worst, words, isDark }) {
    this.node.className = `line day ${isDark ? "dark" : worst}`;
    this._symbol.icon = isDark ? "mdi:help-circle-outline" : ICONS[count ? worst : "ok"];
    setText(this._when, name);
    setText(this._server, "");
    setText(this._new, "");
    setText(this._words, words);
  }
}

/** Return the days, the last first, with one for all that are next to each other and unknown. */
function withoutRepeats(days, f) {
  const found = [];
  for (const day of days) {
    const last = found[found.length - 1];
    if (day.isDark && last && last.isDark && last.words === day.words) {
      const latest = last.latest || last.at;
      const name = `${f.weekday(day.at)} – ${f.weekday(latest)}`;
      found[found.length - 1] = { ...day, latest, name };
    } else {
      found.push(day);
    }
  }
  return found;
}

/** Return what there is to say of a day, and whether nothing is known of most of it. */
function dayWords({ from, to, count, duration }, known, now, f) {
  const unknown = unknownTime(known, from, to, now);
  if (!count && unknown >= to - from) {
    return { isDark: true, words: text("timeline.unknown") };
  }
  const happened = count
    ? counted("timeline.day", count, { duration: f.duration(duration) })
    : text("timeline.calm");
  const isFirst = known.since > from && known.since < to;
  const doubt =
    unknown &&
    (isFirst
      ? text("timeline.known_since", { time: f.time(known.since) })
      : text("timeline.partly", { duration: f.duration(unknown) }));
  return { isDark: !count && unknown > (to - from) / 2, words: joined(happened, doubt) };
}

export class Timeline {
  constructor(host) {
    this._host = host;
    this._title = element("h2", {});
    this._sub = element("span", { className: "sub" });
    this._seen = button("action", () => this._markSeen());
    this._week = element("div", { className: "week", role: "group" });
    this._days = [];
    this._list = new List({ make: () => new Line(this), size: 20, height: 36 });
    this._more = button("action more", () => this._showMore());
    this._none = element("p", { className: "none" });
    this.node = element(
      "section",
      { className: "part timeline" },
      element("header", {}, this._title, this._sub, this._seen),
      this._week,
      this._list.node,
      this._more,
      this._none,
    );
  }

  update(view) {
    this._look = this._look || new LastLook(view, this.node, () => this.update(this.view));
    this.view = { ...view, look: this._look };
    const { selection, now, f, options } = view;
    const since = now - WEEK_DAYS * DAY;
    const incidents = selection.servers
      .flatMap((entry) => entry.incidents)
      .filter(({ ended }) => !ended || ended > since)
      .sort((a, b) => b.began - a.began);
    this.isEmpty = !incidents.length;
    setText(this._title, options.title || text("timeline.title"));
    const news = incidents.filter((incident) => this._look.isNew(incident)).length;
    this._seen.hidden = !news;
    setText(this._seen, text("timeline.mark"));
    setText(this._sub, news ? `● ${counted("timeline.news", news)}` : "");
    const week = this._weekOf(incidents, together(selection.servers), now, f);
    this._showWeek(week, f);
    this.node.classList.toggle("twelve", f.hasTwelve);
    const chosen = this._chosen;
    const shown = chosen
      ? incidents.filter(({ began, ended }) => f.day(began) <= chosen && f.day(ended || now) >= chosen)
      : incidents.filter(({ began, ended }) => !ended || f.day(ended) === f.day(now) || began > now - DAY / 2);
    const most = this._isLong ? shown.length : 12;
    const items = shown.slice(0, most).map((incident) => ({ key: incident.id, incident }));
    if (!chosen) {
      const before = week.slice(0, -1).reverse();
      items.push(...withoutRepeats(before, f).map((day) => ({ key: day.key, day })));
    }
    this._more.hidden = shown.length <= most;
    setText(this._more, counted("timeline.more", shown.length - most));
    const isDark = week.some(({ key, isDark: isUnknown }) => key === chosen && isUnknown);
    setText(this._none, text(isDark ? "timeline.unknown_day" : "timeline.nothing"));
    this._none.hidden = items.length > 0;
    setAttribute(this._list.node, "aria-label", this._title.textContent);
    setAttribute(this.node, "aria-label", this._title.textContent);
    this._list.update(items);
  }

  tick(view) {
    this.view = { ...view, look: this._look };
    this._list.each((line) => line.tick(this.view));
  }

  disconnect() {
    this._list.disconnect();
    if (this._look) {
      this._look.end();
      this._look = undefined;
    }
  }

  open(incident, day) {
    if (incident) {
      this._host.openAlert(incident);
    } else {
      this._choose(this._keys.indexOf(day.key));
    }
  }

  /** Return the last seven days with what was open in each, the oldest first. */
  _weekOf(incidents, known, now, f) {
    const days = new Map();
    let end = now;
    for (let back = 0; back < WEEK_DAYS; back += 1) {
      // the last moment of a day, for a day is not always as long as another
      const at = back ? end - 1 : now;
      const [key, from] = [f.day(at), f.midnight(at)];
      const name = f.dayName(at, now);
      days.set(key, { key, at, from, to: end, name, count: 0, duration: 0, worst: "ok" });
      end = from;
    }
    // from the first on: what overlaps counts once
    const inOrder = [...incidents].reverse();
    for (const day of days.values()) {
      let reached = day.from;
      for (const { began, ended, worst } of inOrder) {
        const end = Math.min(ended || now, day.to);
        if (began >= day.to || end < day.from) {
          continue;
        }
        day.count += 1;
        day.duration += Math.max(0, end - Math.max(began, reached));
        reached = Math.max(reached, end);
        if (day.worst === "ok" || STATUSES.indexOf(worst) < STATUSES.indexOf(day.worst)) {
          day.worst = worst;
        }
      }
    }
    const week = [...days.values()].reverse();
    week.forEach((day) => Object.assign(day, dayWords(day, known, now, f)));
    return week;
  }

  _showWeek(week, f) {
    setAttribute(this._week, "aria-label", text("timeline.week"));
    const most = Math.max(1, ...week.map(({ count }) => count));
    while (this._days.length < week.length) {
      const number = this._days.length;
      const column = element("span", { className: "column", "aria-hidden": "true" });
      const name = element("span", {});
      const count = element("span", { className: "count" });
      const node = button("day", () => this._choose(number), count, column, name);
      this._days.push({ node, column, name, count });
    }
    this._keys = week.map(({ key }) => key);
    week.forEach((day, index) => {
      const { node, column, name, count } = this._days[index];
      setText(name, f.weekday(day.at));
      setText(count, day.count ? f.number(day.count) : "");
      column.className = `column ${day.isDark ? "dark" : day.worst}`;
      column.style.height = `${(day.isDark ? 12 : 4) + Math.round((28 * day.count) / most)}px`;
      setAttribute(node, "aria-pressed", this._chosen === day.key);
      setAttribute(node, "aria-label", `${day.name}: ${day.words}`);
    });
    place(
      this._week,
      this._days.map(({ node }) => node),
    );
  }

  _choose(number) {
    const key = this._keys[number];
    this._chosen = this._chosen === key ? undefined : key;
    this._isLong = false;
    this.update(this.view);
  }

  _showMore() {
    this._isLong = true;
    this.update(this.view);
  }

  _markSeen() {
    this._look.now(this.view.now);
    this.update(this.view);
    this._list.node.focus();
  }
}
