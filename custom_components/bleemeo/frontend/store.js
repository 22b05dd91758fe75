/** What Home Assistant says about servers and incidents, kept up to date. */

import { DAY, DOMAIN, MINUTE, SECOND } from "./const.js";
import { readAccount, readIncident, readServer } from "./read.js";

const RETRY = 5 * SECOND;
const LONGEST_RETRY = MINUTE;
// a view that is left and entered again does not ask anew
const LINGER = 10 * SECOND;

const stores = new WeakMap();

/** Return what is known of the last days; all cards of the page share it. */
export function storeOf(connection, days) {
  if (!stores.has(connection)) {
    stores.set(connection, new Map());
  }
  const ofConnection = stores.get(connection);
  if (!ofConnection.has(days)) {
    ofConnection.set(days, new Store(connection, days));
  }
  return ofConnection.get(days);
}

class Store {
  constructor(connection, days) {
    this.days = days;
    this.accounts = new Map();
    this.servers = new Map();
    this.incidents = new Map();
    // the incidents of each server, newest first; a changed one is a new list
    this.byServer = new Map();
    this.ready = false;
    // why nothing is known: the connection was lost, or the command was refused
    this.lost = false;
    this.refused = false;
    this.truncated = false;
    // before this time not all incidents are here
    this.wholeSince = 0;
    this._connection = connection;
    this._listeners = new Set();
    this._ahead = 0;
    this._retry = RETRY;
    this._onLost = () => this._setLost();
    this._onReady = () => this._ask();
  }

  /** Return the time by Home Assistant's clock: that of a tablet may be wrong. */
  now() {
    return Date.now() + this._ahead;
  }

  get since() {
    return this.now() - this.days * DAY;
  }

  /** Return whether a server is known no more, and not only while its account is away. */
  isGone({ entry_id, key }) {
    const account = this.accounts.get(entry_id);
    return this.ready && !this.servers.has(key) && (!account || account.loaded);
  }

  /** Call a listener whenever something changed; return how to stop that. */
  listen(listener) {
    clearTimeout(this._stopping);
    this._listeners.add(listener);
    if (!this._running) {
      this._running = true;
      this._connection.addEventListener("disconnected", this._onLost);
      this._connection.addEventListener("ready", this._onReady);
      this._ask();
    }
    return () => {
      this._listeners.delete(listener);
      if (!this._listeners.size) {
        this._stopping = setTimeout(() => this._stop(), LINGER);
      }
    };
  }

  _stop() {
    this._running = false;
    this.ready = false;
    this._connection.removeEventListener("disconnected", this._onLost);
    this._connection.removeEventListener("ready", this._onReady);
    this._end();
  }

  _end() {
    clearTimeout(this._retrying);
    const ended = this._subscription;
    this._subscription = undefined;
    if (ended) {
      // it has ended already where the connection was lost
      ended.then((end) => end()).catch(() => {});
    }
  }

  _ask() {
    this._end();
    const since = new Date(this.since).toISOString();
    const subscription = this._connection.subscribeMessage(
      (event) => {
        if (subscription === this._subscription) {
          this._take(event);
        }
      },
      { type: `${DOMAIN}/incidents`, since },
      // it would ask for the same time again, which may be months ago
      { resubscribe: false },
    );
    this._subscription = subscription;
    subscription.then(
      () => {
        this._retry = RETRY;
      },
      () => {
        if (subscription !== this._subscription) {
          return;
        }
        this._subscription = undefined;
        this.refused = true;
        this._changed();
        this._retrying = setTimeout(() => this._ask(), this._retry);
        this._retry = Math.min(this._retry * 2, LONGEST_RETRY);
      },
    );
  }

  _setLost() {
    this.lost = true;
    this._changed();
  }

  _take(event) {
    const { kind, until, accounts, servers, incidents, metrics, gone, truncated } = event;
    this._ahead = Date.parse(until) - Date.now();
    if (kind === "all") {
      this.accounts.clear();
      this.servers.clear();
      this.incidents.clear();
      this.byServer.clear();
      this.truncated = false;
      this.wholeSince = 0;
      this.lost = false;
      this.refused = false;
      this.ready = true;
    }
    for (const id of (gone || {}).accounts || []) {
      this.accounts.delete(id);
    }
    for (const account of accounts || []) {
      this.accounts.set(account.entry_id, readAccount(account, this.accounts.get(account.entry_id)));
    }
    for (const server of servers || []) {
      this.servers.set(server.key, readServer(server));
    }
    const changed = incidents.map((each) => readIncident(each, metrics));
    this._replace(changed, gone || {});
    if (truncated) {
      // the newest were sent
      this.truncated = true;
      const least = changed.reduce((first, { began }) => Math.min(first, began), Infinity);
      this.wholeSince = Math.max(this.wholeSince, least);
    }
    this._forget();
    this._changed();
  }

  /** Put changed incidents in the places of those before, and take away those gone. */
  _replace(changed, { servers = [], incidents = [] }) {
    const touched = new Set(servers);
    for (const id of incidents) {
      const incident = this.incidents.get(id);
      if (incident) {
        this.incidents.delete(id);
        touched.add(incident.server);
      }
    }
    for (const key of servers) {
      this.servers.delete(key);
      for (const incident of this.byServer.get(key) || []) {
        this.incidents.delete(incident.id);
      }
    }
    for (const incident of changed) {
      this.incidents.set(incident.id, incident);
      touched.add(incident.server);
    }
    const lists = new Map([...touched].map((key) => [key, []]));
    const added = new Set(changed.map(({ id }) => id));
    for (const key of touched) {
      for (const { id } of this.byServer.get(key) || []) {
        const kept = this.incidents.get(id);
        if (kept && !added.has(id)) {
          lists.get(key).push(kept);
        }
      }
    }
    for (const id of added) {
      const incident = this.incidents.get(id);
      lists.get(incident.server).push(incident);
    }
    for (const [key, list] of lists) {
      if (list.length && this.servers.has(key)) {
        this.byServer.set(
          key,
          list.sort((a, b) => b.began - a.began),
        );
      } else {
        this.byServer.delete(key);
      }
    }
  }

  /** Forget what ended before the time that is shown, or a tablet fills up in months. */
  _forget() {
    const { since } = this;
    for (const [key, list] of this.byServer) {
      const kept = list.filter(({ ended }) => !ended || ended >= since);
      if (kept.length < list.length) {
        list.filter((each) => !kept.includes(each)).forEach(({ id }) => this.incidents.delete(id));
        this.byServer.set(key, kept);
      }
    }
  }

  /** Tell the listeners before the next picture, once however much has changed. */
  _changed() {
    if (!this._telling) {
      this._telling = requestAnimationFrame(() => {
        this._telling = undefined;
        for (const listener of [...this._listeners]) {
          listener();
        }
      });
    }
  }
}
