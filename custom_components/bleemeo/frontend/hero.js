/** The first thing to see: all is fine, or the worst there is, in words. */

import { openFor, seenWords, silenceWords } from "./actions.js";
import { DAY, ICONS } from "./const.js";
import { brief, button, element, icon, joined, place, setText } from "./element.js";
import { countByStatus, lastHeard, verdict } from "./model.js";
import { Setup } from "./setup.js";
import { counted, text } from "./texts.js";

const HELPLESS = [
  ...["not_loaded", "not_set_up", "not_chosen", "no_servers"],
  ...["lost", "loading", "nothing_yet", "silent"],
];
// what only an admin can mend
const ADMIN_S = ["not_loaded", "not_set_up", "silent"];
const DOUBTFUL = ["unknown_server", "not_loaded", "lost", "silent"];
const SYMBOLS = { ...ICONS, attended: "mdi:check-decagram", lost: "mdi:lan-disconnect" };
const UNKNOWN_SYMBOL = "mdi:help-circle-outline";

// from so many servers on, their number says more than the first of them
const MANY = 3;

// what exists only for tests is no server
const real = ({ servers }) => servers.filter(({ server }) => !server.is_test);

// what a person tests is no word of Bleemeo's
const isWaiting = ({ kind }, { accounts }) =>
  (kind === "nothing_yet" || !HELPLESS.includes(kind)) && accounts.every(({ known }) => !known);

const inTrouble = (selection) =>
  real(selection).filter(({ open }) => open.some(({ needs_attention }) => needs_attention)).length;

export class Hero {
  constructor(host) {
    this._host = host;
    this._symbol = icon("");
    this._title = element("h2", {});
    this._detail = element("p", { className: "detail" });
    this._since = element("p", { className: "since" });
    this._fine = element("div", {});
    this._heard = element("div", {});
    this._words = element(
      "div",
      { className: "words", role: "status" },
      this._title,
      this._detail,
      this._since,
    );
    this._open = button("open", () => this._host.openAlert(this._worst));
    this._setup = new Setup(host);
    this._main = element(
      "div",
      { className: "main" },
      element("div", { className: "symbol" }, this._symbol),
      this._words,
      element("div", { className: "aside" }, this._fine, this._heard),
      this._open,
    );
    this.node = element("section", { className: "hero", "aria-label": "Bleemeo" }, this._main);
  }

  update(view) {
    const { store, selection } = view;
    const found = verdict(store, selection);
    this.kind = found.kind;
    this._found = found;
    this._worst = found.worst;
    this.node.className = `hero ${this._class(found)}`;
    this._symbol.icon = SYMBOLS[found.kind] || UNKNOWN_SYMBOL;
    setText(this._title, this._headline(found, view));
    setText(this._detail, this._details(found, view));
    this._open.hidden = !found.worst;
    if (found.worst) {
      this._open.setAttribute("aria-label", text("hero.show", { alert: this._title.textContent }));
    }
    const setup = this._setup.update(view, isWaiting(found, selection));
    place(this.node, setup ? [this._main, this._setup.node] : [this._main]);
    this.tick(view);
  }

  tick(view) {
    const { selection, now, f } = view;
    const { accounts } = selection;
    const servers = real(selection);
    setText(this._since, this._sinceWords(this._found, view));
    this._setup.tick(view);
    const heard = lastHeard(accounts);
    const isKnown = !HELPLESS.includes(this.kind);
    const fine = servers.filter(({ server, open }) => server.status === "ok" && !open.length);
    const some = isKnown && servers.length > 1 && fine.length < servers.length;
    setText(
      this._fine,
      some
        ? text("hero.fine_of", { fine: f.number(fine.length), count: f.number(servers.length) })
        : "",
    );
    setText(
      this._heard,
      heard && this.kind !== "loading" ? text("hero.heard", { ago: f.ago(now - heard) }) : "",
    );
  }

  _class({ kind }) {
    if (DOUBTFUL.includes(kind)) {
      return "unknown";
    }
    return HELPLESS.includes(kind) ? "waiting" : kind;
  }

  _headline({ kind, worst, entry, account }, { selection, f }) {
    const { servers, accounts } = selection;
    switch (kind) {
      case "ok":
        return counted("hero.fine", servers.length, {
          count: f.number(servers.length),
          server: servers[0].name,
        });
      case "attended":
        return counted("hero.attended", selection.open.length);
      case "unknown_server":
        return text("hero.not_known", { server: entry.name });
      case "not_loaded":
        return text("hero.not_loaded", {
          account: account && accounts.length > 1 ? account.title : "Bleemeo",
        });
      case "critical":
      case "warning":
      case "unknown": {
        const count = inTrouble(selection);
        return count >= MANY
          ? text("hero.many", { count: f.number(count) })
          : this._about(worst, selection);
      }
      default:
        return text(`hero.${kind}`);
    }
  }

  _about(worst, { byKey }) {
    const { server, name } = byKey.get(worst.server);
    if (server.unreachable) {
      return text("hero.unreachable", { server: name });
    }
    const metric = worst.metric_name || worst.title;
    return text(`hero.${worst.status}`, { server: name, metric });
  }

  _details({ kind, worst }, { selection, hass }) {
    if (kind === "attended") {
      return joined(this._about(worst, selection), brief(worst.text));
    }
    if (worst) {
      const isMany = inTrouble(selection) >= MANY;
      return joined(isMany && this._about(worst, selection), brief(worst.text));
    }
    const isAdmin = hass.user && hass.user.is_admin;
    if (kind === "nothing_yet") {
      return text(isAdmin ? "hero.steps" : "hero.ask_admin");
    }
    if (ADMIN_S.includes(kind) && !isAdmin) {
      return text("hero.for_admin");
    }
    return HELPLESS.includes(kind) ? text(`hero.${kind}_hint`) : "";
  }

  _sinceWords({ kind, worst, since, known }, { selection, store, now, f }) {
    if (kind === "ok") {
      if (since && since >= known) {
        return text("hero.since", { time: f.when(since, now) });
      }
      return known > now - store.days * DAY
        ? text("hero.known_since", { time: f.when(known, now) })
        : text("hero.calm", { time: f.days(store.days) });
    }
    if (!worst) {
      return "";
    }
    const others = selection.open.filter(
      (each) => each !== worst && (kind === "attended" || each.needs_attention),
    );
    const counts = countByStatus(others);
    const more = Object.keys(counts)
      .filter((status) => counts[status])
      .map((status) => counted(`count.${status}`, counts[status]));
    return joined(
      text("hero.for", { duration: openFor(worst, now, f) }),
      more.length && text("hero.also", { counts: f.list(more) }),
      seenWords(worst, now, f),
      silenceWords(worst.silenced, now, f),
    );
  }
}
