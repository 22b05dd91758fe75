"""The incidents in the journal: how a metric's are written, and how a window is read."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
import json
from operator import attrgetter
import sqlite3
from typing import Final, NamedTuple, Self

from ..core import Acknowledgement, Incident, MetricKey, Status, microseconds, time_of
from .text import acknowledgement_as_json, acknowledgement_from, encode

MAX_AGE: Final = timedelta(days=400)
MAX_INCIDENTS: Final = 50_000

_NUMBERS: Final = frozenset(status.value for status in Status)
# the years that a time can have
_EARLIEST: Final = microseconds(datetime.min.replace(tzinfo=UTC))
_LATEST: Final = microseconds(datetime.max.replace(tzinfo=UTC))

# as in the index
_END = "ifnull(ended_at, 9223372036854775807)"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentQuery:
    """Which incidents to read: those that were open in [`since`, `until`].

    With `keys` or `agents`, only those of these metrics or agents; with a `limit`, those
    that began last.
    """

    since: datetime
    until: datetime
    keys: Collection[MetricKey] | None = None
    agents: Collection[str] | None = None
    limit: int | None = None


class KeptIncident(NamedTuple):
    """An incident in the journal: a row, of which most is read only when asked for.

    `began` and `ended` are microseconds since 1970, the end of an open one is None.
    `host` and `name` are what its agent and metric were called then.
    """

    agent_id: str
    kept_metric_id: str
    began: int
    ended: int | None
    worst_number: int
    steps_text: str | None
    acknowledgements_text: str | None
    host: str | None
    name: str | None

    @classmethod
    def of(
        cls,
        key: MetricKey,
        incident: Incident,
        acknowledgements: Collection[Acknowledgement],
        host: str | None,
        name: str | None,
    ) -> Self:
        """Return an incident as it is once it was written and read again."""
        agent_id, metric_id = key
        steps, seen = _steps(incident), _acknowledgements(incident, acknowledgements)
        return cls(
            agent_id,
            metric_id or "",
            microseconds(incident.began_at),
            None if incident.ended_at is None else microseconds(incident.ended_at),
            incident.worst,
            None if steps is None else encode(steps),
            None if seen is None else encode(seen),
            host,
            name,
        )

    @property
    def metric_id(self) -> str | None:
        """The metric's id, or None for the agent's own status."""
        return self.kept_metric_id or None

    @property
    def key(self) -> MetricKey:
        """The metric that this is about."""
        return self.agent_id, self.metric_id

    @property
    def began_at(self) -> datetime:
        """When the metric left OK."""
        return time_of(self.began)

    @property
    def ended_at(self) -> datetime | None:
        """When the metric was OK again."""
        return None if self.ended is None else time_of(self.ended)

    @property
    def worst(self) -> Status:
        """The worst status."""
        return Status(self.worst_number)

    @property
    def status(self) -> Status:
        """The last status before the end."""
        return self.steps[-1][1]

    @property
    def steps(self) -> list[tuple[datetime, Status]]:
        """When the metric took which status, oldest first."""
        return [(time_of(at), Status(number)) for at, number in self.changes]

    @property
    def changes(self) -> tuple[tuple[int, int], ...]:
        """The steps as they are kept: microseconds and the status's number."""
        if self.steps_text is not None:
            with suppress(ValueError, TypeError):
                return _read_changes(self.steps_text)
        return ((self.began, self.worst_number),)

    @property
    def outages(self) -> list[tuple[int, int | None]]:
        """The times that it was critical, in microseconds.

        A critical status that becomes unknown is not over.
        """
        if self.worst_number != Status.CRITICAL:
            return []
        if self.steps_text is None:
            return [(self.began, self.ended)]
        found: list[tuple[int, int | None]] = []
        entered: int | None = None
        for at, number in self.changes:
            if number == Status.CRITICAL:
                entered = at if entered is None else entered
            elif number != Status.UNKNOWN and entered is not None:
                found.append((entered, at))
                entered = None
        if entered is not None:
            found.append((entered, self.ended))
        return found

    @property
    def acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """The acknowledgements that were given while it lasted."""
        with suppress(ValueError, TypeError, AttributeError):
            kept = json.loads(self.acknowledgements_text or "[]")
            ended_at, found = self.ended_at, map(acknowledgement_from, kept)
            # a late alert may have told of an earlier end since
            return tuple(
                each for each in found if ended_at is None or each.at < ended_at
            )
        return ()


def incidents_text(
    incidents: Iterable[Incident],
    since: datetime,
    acknowledgements: Collection[Acknowledgement],
    host: str | None,
    name: str | None,
) -> str:
    """Write a metric's incidents that began at or after a time, for `record.sql`.

    Each gets those of the acknowledgements that were given while it lasted.
    """
    return encode(
        {
            "from": microseconds(since),
            "host": host,
            "name": name,
            "rows": [
                [
                    microseconds(incident.began_at),
                    incident.ended_at and microseconds(incident.ended_at),
                    incident.worst,
                    _steps(incident),
                    _acknowledgements(incident, acknowledgements),
                ]
                for incident in incidents
            ],
        }
    )


def read_incidents(
    connection: sqlite3.Connection, query: IncidentQuery
) -> list[KeptIncident]:
    """Return the incidents that match, the last beginning first."""
    cursor = connection.execute(
        "SELECT agent_id, metric_id, began_at, ended_at, worst, steps,"  # noqa: S608
        " acknowledgements, host, name FROM incident"
        f" WHERE {_END} >= :since AND began_at <= :until"
        " AND (:agents IS NULL OR agent_id IN (SELECT value FROM json_each(:agents)))"
        " AND (:keys IS NULL OR (agent_id, metric_id) IN"
        " (SELECT value ->> 0, value ->> 1 FROM json_each(:keys)))"
        # to sort what is whole, Python is faster
        + (
            ""
            if query.limit is None
            else " ORDER BY began_at DESC, id DESC LIMIT :limit"
        ),
        {
            "since": microseconds(query.since),
            "until": microseconds(query.until),
            "agents": None if query.agents is None else encode(sorted(query.agents)),
            "keys": None
            if query.keys is None
            else encode([[agent, metric or ""] for agent, metric in query.keys]),
            "limit": query.limit,
        },
    )
    found = list(map(KeptIncident._make, cursor))
    found.sort(key=attrgetter("began"), reverse=True)
    return found


def prune_by_age(connection: sqlite3.Connection, now: datetime) -> None:
    """Remove the incidents that ended too long ago."""
    connection.execute(
        f"DELETE FROM incident WHERE {_END} < ?",  # noqa: S608
        (microseconds(now - MAX_AGE),),
    )


def prune_by_number(connection: sqlite3.Connection) -> None:
    """Remove the incidents that ended first if there are too many."""
    connection.execute(
        "DELETE FROM incident WHERE id IN (SELECT id FROM incident"  # noqa: S608
        f" WHERE ended_at IS NOT NULL ORDER BY {_END}"
        " LIMIT max((SELECT count(*) FROM incident) - ?, 0))",
        (MAX_INCIDENTS,),
    )


@lru_cache(4096)
def _read_changes(text: str) -> tuple[tuple[int, int], ...]:
    """Read the steps, which are asked for uptime and to be shown."""
    changes = tuple((at, number) for at, number in json.loads(text))
    times = [at for at, _ in changes]
    if not (
        _EARLIEST <= min(times) <= max(times) <= _LATEST
        and _NUMBERS.issuperset(number for _, number in changes)
    ):
        raise ValueError("steps that cannot be")
    return changes


def _steps(incident: Incident) -> list[tuple[int, int]] | None:
    """Return the statuses and when each was taken, unless there is only one."""
    if len(incident.steps) == 1:
        return None
    return [step.numbers[:2] for step in incident.steps]


def _acknowledgements(
    incident: Incident, acknowledgements: Collection[Acknowledgement]
) -> list[list[str | None]] | None:
    began_at, ended_at = incident.began_at, incident.ended_at
    return [
        acknowledgement_as_json(each)
        for each in acknowledgements
        if each.at >= began_at and (ended_at is None or each.at < ended_at)
    ] or None
