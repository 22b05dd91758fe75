/** What Home Assistant sent, with times as numbers and words that can be shown. */

// a sender's control over the direction of text would reach what stands around it
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Return words without what would turn those around them. */
export const plain = (words) => (typeof words === "string" ? words.replace(CONTROLS, "") : words);
const NUMBERED = ["ok", "warning", "critical", "unknown"];
const time = (words) => (words ? Date.parse(words) : null);

/** Return who did something and why, or null. */
const act = (done) => done && { ...done, by: plain(done.by), comment: plain(done.comment) };

/** Return who has seen a metric's alert, by the attributes of its status sensor, or false. */
export const readSeen = (attributes) =>
  attributes.acknowledged && {
    at: attributes.acknowledged_at,
    until: attributes.acknowledged_until,
    by: plain(attributes.acknowledged_by),
    comment: plain(attributes.acknowledgement_comment),
  };

/** Return since when the alert of a status sensor is open, or whether it was earlier. */
export const readBegan = (attributes) => ({
  began: Date.parse(attributes.incident_began_at),
  began_earlier: attributes.incident_began_earlier,
});

/** Return an account; gaps as before are those of before, or all servers would be redrawn. */
export function readAccount(account, before) {
  const gaps = account.gaps.map((gap) => gap.map(time));
  const isSame = before && String(before.gaps) === String(gaps);
  return {
    ...account,
    title: plain(account.title),
    silenced: act(account.silenced),
    gaps: isSame ? before.gaps : gaps,
  };
}

export const readServer = (server) => ({
  ...server,
  name: plain(server.name),
  silenced: act(server.silenced),
  known: time(server.known_since),
  silences: server.silences.map((each) => ({
    ...each,
    from: time(each.from),
    to: time(each.until),
  })),
});

/**
 * Return an incident with what is known of its metric.
 *
 * Times are in microseconds, and statuses Bleemeo's numbers; without steps the worst
 * status was the only one.
 */
export const readIncident = (incident, metrics) => {
  const { began, worst } = incident;
  const changes = incident.steps.length ? incident.steps : [[began, worst]];
  const steps = changes.map(([at, status]) => [at / 1000, NUMBERED[status]]);
  const known = { ...metrics[incident.metric], ...incident };
  return {
    ...known,
    id: `${incident.metric}/${incident.began}`,
    metric_name: plain(known.metric_name),
    title: plain(incident.title),
    text: plain(incident.text),
    unit: plain(incident.unit),
    acknowledged: act(incident.acknowledged),
    silenced: act(incident.silenced),
    known: time(known.known_since),
    began: began / 1000,
    ended: incident.ended === null ? null : incident.ended / 1000,
    worst: NUMBERED[worst],
    status: steps[steps.length - 1][1],
    steps,
  };
};
