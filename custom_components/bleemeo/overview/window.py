"""The incidents of an entry in a window of time: the journal's, and the board's."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..core import Agent, Metric, MetricKey, microseconds, uptime
from ..journal import IncidentQuery, JournalError, KeptIncident
from ..kept import not_read
from ..models import BleemeoData

# a metric's id, and when it began
type IncidentKey = tuple[str | None, int]
type Incidents = dict[IncidentKey, KeptIncident]


class IncidentWindow:
    """The incidents of an entry that were open at any time since, by agent.

    What is still open is the board's to say, for it knows of each alert first.
    `error` says why the journal could not be read, if it could not.
    """

    def __init__(self, data: BleemeoData, since: datetime) -> None:
        """Start without any, to be filled by `async_load`."""
        self.hub = data.hub
        self.since = since
        agreement = data.agreement
        # a comparison that goes on adds to it
        self._listed_since = agreement.catalogue.listed_since if agreement else {}
        self.error: JournalError | None = None
        self._is_loaded = False
        self._found: dict[str, Incidents] = {}

    @property
    def is_whole(self) -> bool:
        """Whether the journal was read."""
        return self._is_loaded and self.error is None

    def check_whole(self) -> None:
        """Check that the journal was read.

        Raises:
            HomeAssistantError: it was not.
        """
        if not self.is_whole:
            raise not_read(self.hub, self.error)

    async def async_load(self, until: datetime) -> None:
        """Read the journal, and follow all metrics of the board."""
        query = IncidentQuery(since=self.since, until=until)
        kept: list[KeptIncident] = []
        try:
            kept = await self.hub.store.journal.incidents(query)
            self.error = None
        except JournalError as error:
            self.error = error
        self._is_loaded = True
        found: dict[str, Incidents] = {}
        open_keys = set()
        for incident in kept:
            if incident.ended is None:
                open_keys.add(incident.key)
            else:
                ids = incident.metric_id, incident.began
                found.setdefault(incident.agent_id, {})[ids] = incident
        self._found = found
        for key, metric in self.hub.board.metrics.items():
            # one that was open may have ended since
            if metric.is_open or key in open_keys or not self.is_whole:
                self.follow(metric)

    def follow(self, metric: Metric) -> None:
        """Take what the board says of a metric."""
        key, steps = metric.alert.key, metric.timeline.steps
        if not steps:
            return
        found = self._found.setdefault(metric.agent.id, {})
        first = microseconds(steps[0].at)
        for ids in [
            ids
            for ids, incident in found.items()
            if ids[0] == key[1] and (ids[1] >= first or incident.ended is None)
        ]:
            del found[ids]
        seen = metric.past_acknowledgements
        if metric.acknowledgement is not None:
            seen = *seen, metric.acknowledgement
        for incident in metric.timeline.incidents(self.since):
            kept = KeptIncident.of(key, incident, seen, metric.agent.name, metric.name)
            found[kept.metric_id, kept.began] = kept

    def forget(self, key: MetricKey, at: datetime) -> None:
        """End what is open of a metric that is not known any more."""
        found = self._found.get(key[0], {})
        for ids, incident in found.items():
            if ids[0] == key[1] and incident.ended is None:
                ended = max(incident.began, microseconds(at))
                found[ids] = incident._replace(ended=ended)

    def incidents_of(self, agent_id: str) -> Incidents:
        """Return the incidents of an agent as they are now."""
        return dict(self._found.get(agent_id, {}))

    def of_agent(self, agent_id: str) -> Iterable[KeptIncident]:
        """Return the incidents of an agent."""
        return self._found.get(agent_id, {}).values()

    def of_metric(self, key: MetricKey) -> Iterator[KeptIncident]:
        """Yield the incidents of a metric."""
        return (each for each in self.of_agent(key[0]) if each.metric_id == key[1])

    @property
    def agent_ids(self) -> set[str]:
        """The agents that had incidents, those that are forgotten among them."""
        return set(self._found)

    def uptime(self, subject: Agent | Metric, until: datetime) -> float | None:
        """Return the share of the window in which the agent or metric was not out.

        It is out while it is critical, and while that is unknown. What was before the
        first alert is not known, and does not count; None where too little is known.
        """
        known_since = self.known_since(subject)
        if known_since is None or not self.is_whole:
            return None
        unknown = self.gaps(until)
        if known_since > self.since:
            unknown.append((self.since, known_since))
        incidents = (
            self.of_metric(subject.alert.key)
            if isinstance(subject, Metric)
            else self.of_agent(subject.id)
        )
        end = microseconds(until)
        return uptime(
            (
                (began, end if ended is None else ended)
                for incident in incidents
                for began, ended in incident.outages
            ),
            microseconds(self.since),
            end,
            [
                (microseconds(began), microseconds(ended or until))
                for began, ended in unknown
            ],
        )

    def gaps(self, until: datetime) -> list[tuple[datetime, datetime | None]]:
        """Return the times of the window in which nothing could be heard, or read.

        One that goes on has no end.
        """
        if not self.is_whole:
            return [(self.since, until)]
        gaps: list[tuple[datetime, datetime | None]] = [
            *self.hub.gaps.since(self.since)
        ]
        if (silent_since := self.hub.watchdog.silent_since) is not None:
            gaps.append((silent_since, None))
        return gaps

    def known_since(self, subject: Agent | Metric) -> datetime | None:
        """Return since when anything is known of an agent or a metric.

        An agent that Bleemeo lists is known since then, also without an alert.
        """
        if isinstance(subject, Metric):
            return subject.timeline.known_since
        known = [metric.timeline.known_since for metric in subject.metrics.values()]
        if not subject.is_doubted:
            known.append(self._listed_since.get(subject.id))
        return min((at for at in known if at is not None), default=None)
