/** What servers and incidents mean: what comes first, what is fine, how long it was. */

import { DAY, HOUR, STATUSES, WEEK_DAYS } from "./const.js";
import { joined } from "./element.js";
import { covered, knownWithout, together, unknownSpans } from "./known.js";

/** Return the values of an option, which may be none, one or several. */
export const list = (value) => (value === undefined || value === null ? [] : [value].flat());

/** Return whether one of the values is chosen; where nothing is chosen, all are. */
export const within = (option, ...values) =>
  !list(option).length || values.flat().some((value) => list(option).includes(value));

/** Order incidents: what needs attention, then the worst, then the newest. */
export const byUrgency = (a, b) =>
  Number(b.needs_attention) - Number(a.needs_attention) ||
  STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
  b.began - a.began;

const NONE = [];
const opened = new WeakMap();

/** Return the open ones of a server's incidents, found once for each list of them. */
function openOf(incidents) {
  if (!opened.has(incidents)) {
    opened.set(incidents, incidents.filter(({ ended }) => !ended).sort(byUrgency));
  }
  return opened.get(incidents);
}

/** Return the chosen services of each server, by its device. */
function servicesOf(options, { devices }) {
  const services = new Map();
  for (const id of list(options.server)) {
    const device = devices[id];
    const parent = device && device.parent_device_id;
    if (parent) {
      services.set(parent, [...(services.get(parent) || []), device]);
    }
  }
  return services;
}

/** Return a server as far as these services go; the connection of it is theirs too. */
function partOf(entry, services) {
  const ids = services.map(({ id }) => id);
  const incidents = entry.incidents.filter(
    ({ metric_id, service_device_id }) => metric_id === null || ids.includes(service_device_id),
  );
  const open = openOf(incidents);
  const names = services.map(({ name, name_by_user }) => name_by_user || name);
  const server = { ...entry.server, status: open.length ? open[0].status : "ok" };
  return { ...entry, server, name: joined(entry.name, ...names), incidents, open };
}

/** Return the part of all that is known that an account, server, area, label … selects. */
export function select(store, options, compare, hass) {
  const wanted = [...store.accounts.values()].filter(({ entry_id }) =>
    within(options.account, entry_id),
  );
  // somebody has decided that a disabled one is of no interest; alone it is never calm
  const enabled = wanted.filter(({ disabled }) => !disabled);
  const accounts = enabled.length ? enabled : wanted;
  const ofEntry = new Map(accounts.map((each) => [each.entry_id, each]));
  const services = servicesOf(options, hass);
  const isWhole = ({ device_id, entry_id }) =>
    within(options.server, device_id, ofEntry.get(entry_id).device_id);
  const chosen = [...store.servers.values()].filter(
    (server) =>
      ofEntry.has(server.entry_id) &&
      (isWhole(server) || services.has(server.device_id)) &&
      within(options.area, server.area_id) &&
      within(options.label, server.labels || []),
  );
  const names = shortNames(chosen);
  const servers = chosen.map((server) => {
    const incidents = store.byServer.get(server.key) || NONE;
    const open = openOf(incidents);
    const since = server.known === null ? null : Math.max(server.known, store.wholeSince);
    const { gaps } = ofEntry.get(server.entry_id);
    const entry = { server, name: names.get(server.key), incidents, open, since, gaps };
    return isWhole(server) ? entry : partOf(entry, services.get(server.device_id));
  });
  servers.sort((a, b) => compareServers(a, b) || compare(a.name, b.name));
  const open = servers.flatMap((each) => each.open).sort(byUrgency);
  return { accounts, servers, open, byKey: new Map(servers.map((each) => [each.server.key, each])) };
}

function compareServers(a, b) {
  const [first] = a.open;
  const [other] = b.open;
  if (first && other) {
    return byUrgency(first, other);
  }
  return Number(Boolean(other)) - Number(Boolean(first));
}

/** Return the names of servers without the domain that all of them share. */
function shortNames(servers) {
  const names = new Map(servers.map(({ key, name }) => [key, name]));
  const dotted = servers.map(({ name }) => name.split(".")).filter(({ length }) => length > 1);
  if (dotted.length < 2) {
    return names;
  }
  let shared = dotted[0].slice(1);
  for (const labels of dotted) {
    while (shared.length && labels.slice(-shared.length).join(".") !== shared.join(".")) {
      shared = shared.slice(1);
    }
    // a name that is the domain itself must stay
    if (labels.length <= shared.length) {
      return names;
    }
  }
  const domain = `.${shared.join(".")}`;
  const short = (name) => (name.endsWith(domain) ? name.slice(0, -domain.length) : name);
  if (!shared.length || new Set([...names.values()].map(short)).size < names.size) {
    return names;
  }
  return new Map([...names].map(([key, name]) => [key, short(name)]));
}

/** Return what there is to say first: a kind, and what it is about. */
export function verdict(store, { accounts, servers, open }) {
  if (store.refused) {
    return { kind: "not_loaded" };
  }
  if (!store.ready) {
    return { kind: "loading" };
  }
  if (store.lost) {
    return { kind: "lost" };
  }
  if (!accounts.length) {
    return { kind: store.accounts.size ? "not_chosen" : "not_set_up" };
  }
  const unloaded = accounts.filter(({ loaded }) => !loaded);
  const [worst] = open;
  if (worst && worst.needs_attention) {
    return { kind: worst.status, worst };
  }
  if (unloaded.length) {
    return { kind: "not_loaded", account: unloaded[0] };
  }
  if (accounts.every(({ known }) => !known)) {
    return { kind: "nothing_yet" };
  }
  const unknown = servers.find(({ server, open: own }) => server.status !== "ok" && !own.length);
  if (unknown) {
    return { kind: "unknown_server", entry: unknown };
  }
  const unheard = accounts.find(({ known }) => !known);
  if (unheard) {
    return { kind: "unknown_server", entry: { name: unheard.title } };
  }
  if (!servers.length) {
    return { kind: store.servers.size ? "not_chosen" : "no_servers" };
  }
  // of several accounts one that is not heard is enough
  if (accounts.some(({ gaps }) => gaps.some(([, to]) => to === null))) {
    return { kind: "silent" };
  }
  // what somebody has seen makes nothing calm that is not known
  if (worst) {
    return { kind: "attended", worst };
  }
  const known = knownWithout(together(servers));
  if (known === null) {
    return { kind: "unknown_server", entry: servers[0] };
  }
  return { kind: "ok", since: fineSince(servers), known };
}

/** Return since when all servers are fine, or null where nothing was ever wrong. */
function fineSince(servers) {
  let since = null;
  for (const { incidents } of servers) {
    for (const { ended } of incidents) {
      since = ended > since ? ended : since;
    }
  }
  return since;
}

/** Return the latest time at which an account was heard. */
export const lastHeard = (accounts) =>
  Math.max(...accounts.map(({ last_heard_at }) => Date.parse(last_heard_at) || 0), 0);

/** Return how many incidents there are of each status. */
export function countByStatus(incidents) {
  const counts = { critical: 0, warning: 0, unknown: 0 };
  for (const { status } of incidents) {
    counts[status] += 1;
  }
  return counts;
}

/** Return the periods in which a status held during an incident. */
export function phases({ began, ended, status, steps }, now) {
  const all = steps.length ? steps : [[began, status]];
  return all
    .map(([from, word], index) => ({
      from: Math.max(from, began),
      to: index + 1 < all.length ? all[index + 1][0] : ended || now,
      status: word,
    }))
    .filter((phase) => phase.status !== "ok" && phase.to >= phase.from);
}

/**
 * Return the share of what is known of a time in which a server was not critical, nor out
 * of sight after it was; null where too little is known, as Home Assistant's own is.
 */
export function uptime(entry, from, now) {
  const { incidents } = entry;
  const down = [];
  for (const incident of incidents) {
    let wasCritical = false;
    for (const phase of phases(incident, now)) {
      wasCritical = phase.status === "critical" || (wasCritical && phase.status === "unknown");
      if (wasCritical) {
        down.push([phase.from, phase.to]);
      }
    }
  }
  const lost = covered(down, from, now);
  const unknown = covered([...down, ...unknownSpans(entry, from, now)], from, now) - lost;
  const known = now - from - unknown;
  const isEnough = known > 0 && known >= Math.min(HOUR, (now - from) / 2);
  return isEnough ? 1 - lost / known : null;
}

/** Return how often a metric had an incident this week, and how long that usually took. */
export function habit(incident, incidents, now) {
  const same = incidents.filter(
    ({ metric_id, began }) => metric_id === incident.metric_id && began >= now - WEEK_DAYS * DAY,
  );
  const lengths = same
    .filter(({ ended }) => ended)
    .map(({ began, ended }) => ended - began)
    .sort((a, b) => a - b);
  return {
    times: same.length,
    usually: lengths.length ? lengths[Math.floor(lengths.length / 2)] : null,
  };
}

/** Return whether an incident is there only because its server cannot be reached. */
export const isFolded = (incident, server) => server.unreachable && incident.dependent;
