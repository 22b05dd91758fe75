"""A listing: what Bleemeo's API says about an account's agents and metrics at one time.

The fields are known from Bleemeo's own agent (bleemeo/glouton) and client
(bleemeo/bleemeo-python), not from a reference: a row of another form is left out, and a
listing of which most is odd is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
import json
from typing import Any, Final, Self

from ..core import Alert, MetricKey, RealName, Source, Status, read_string
from .errors import UnexpectedAnswer
from .row import Rows, read_id, read_optional_id, read_word

AGENT_FIELDS: Final = "id,account,display_name,fqdn,agent_type,tags"
METRIC_FIELDS: Final = (
    "id,agent,label,item,unit_text,service,container,status_of,deactivated_at,"
    "current_status,status_descriptions"
)

# as Bleemeo writes them at the end of a title, as far as known
_STATUS_TEXTS = ("OK", "Warning", "Critical", "Unknown")


# the types of tags that people give in the panel or in an agent's configuration
_PEOPLES_TAGS = (1, 2)

type NameMetric = Callable[[str, str | None], str]


def plain_name(label: str, item: str | None) -> str:
    """Return the name of a metric that has none for people."""
    return f"{label} ({item})" if item else label


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMetric:
    """A metric as it was at `as_of`, a time of Bleemeo's clock in UTC.

    `status` is None if Bleemeo has none, or if the metric is not active. `status_of` is the id of
    the metric whose status this one is, if a person sees the two as one. `service_id` is
    that of the service that it is of, or of the container.
    """

    agent_id: str
    metric_id: str
    real_name: RealName
    status_of: str | None
    is_active: bool
    status: Status | None
    text: str | None
    as_of: datetime
    service_id: str | None = None

    @property
    def key(self) -> MetricKey:
        """The metric's key on the board."""
        return self.agent_id, self.metric_id

    @classmethod
    def from_row(
        cls, row: Mapping[str, Any], as_of: datetime, name: NameMetric = plain_name
    ) -> Self:
        """Read a row of the listing of metrics; `name` says what people call one.

        Raises:
            UnexpectedAnswer: an id or the status has another form.
        """
        label, item = read_word(row, "label"), read_word(row, "item")
        if label is None:
            raise UnexpectedAnswer("a metric has no label")
        # an inactive metric keeps its last status
        is_active = row.get("deactivated_at") is None
        descriptions = row.get("status_descriptions")
        if not isinstance(descriptions, list):
            descriptions = []
        descriptions = [each for each in descriptions if isinstance(each, str)]
        return cls(
            agent_id=read_id(row, "agent"),
            metric_id=read_id(row, "id"),
            real_name=RealName(name(label, item), read_word(row, "unit_text"), label),
            status_of=None
            if row.get("status_of") is None
            else read_id(row, "status_of"),
            is_active=is_active,
            status=_status(row) if is_active else None,
            text="\n".join(map(read_string, descriptions)) or None,
            as_of=as_of,
            service_id=read_optional_id(row, "service")
            or read_optional_id(row, "container"),
        )

    def as_alert(self, account_id: str, host: str, name: str) -> tuple[Alert, str]:
        """Return an alert with this metric's status, and its payload.

        It is dated to `as_of`, since it is not known when the status changed.
        """
        assert self.status is not None
        text = _STATUS_TEXTS[self.status]
        # the host of a title ends at the first such dash, and the title must fit
        host, name = host.replace(" - ", "-")[:100], name[:130]
        payload = {
            "account": account_id,
            "agent": self.agent_id,
            "metric": self.metric_id,
            "status": self.status.value,
            "status_text": text,
            "title": f"{host} - {name} is {text}",
            "text": self.text,
            "happened_at": self.as_of.isoformat(),
        }
        return Alert.from_payload(payload, Source.API), json.dumps(payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAgent:
    """An agent of the account."""

    agent_id: str
    name: str
    type_id: str | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any], account_id: str) -> Self | None:
        """Read a row of the listing of agents; return None if it is another account's.

        Raises:
            UnexpectedAnswer: an id has another form.
        """
        agent_id = read_id(row, "id")
        if read_id(row, "account") != account_id:
            return None
        name = read_word(row, "display_name") or read_word(row, "fqdn")
        tags = row.get("tags")
        return cls(
            agent_id=agent_id,
            name=name or agent_id[:8],
            type_id=read_word(row, "agent_type"),
            tags=tuple(_peoples_tags(tags if isinstance(tags, list) else [])),
        )


@dataclass(slots=True)
class Listing:
    """The agents of an account by id, and all their active metrics.

    It is complete unless it changed while it was being read. `odd` says of each row that
    was left out what is odd about it.
    """

    agents: dict[str, ListedAgent] = field(default_factory=dict)
    metrics: list[ListedMetric] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    is_complete: bool = True

    def with_open(self, agents: set[str]) -> set[str]:
        """Return those of the agents that have a metric that is not OK."""
        if not agents:
            return set()
        closed = (None, Status.OK)
        return {
            each.agent_id
            for each in self.metrics
            if each.agent_id in agents and each.status not in closed
        }

    @classmethod
    def from_rows(
        cls, agents: Rows[ListedAgent | None], metrics: Rows[ListedMetric]
    ) -> Self:
        """Take what is of the account, and nothing of another one.

        Raises:
            UnusableAnswer: most of it cannot be used.
        """
        agents.check()
        active = [metric for metric in metrics.rows.values() if metric.is_active]
        told = {metric.status_of for metric in active if metric.status is not None}
        metrics.check(
            nulls=sum(
                metric.status is None and metric.metric_id not in told
                for metric in active
            )
        )
        ours = {uid: agent for uid, agent in agents.rows.items() if agent is not None}
        return cls(
            agents=ours,
            metrics=[metric for metric in active if metric.agent_id in ours],
            odd=[*agents.odd, *metrics.odd],
            is_complete=agents.is_whole and metrics.is_whole,
        )

    @property
    def twins(self) -> dict[str, str]:
        """The ids of metrics that are one to a person: of each, the other's."""
        twins: dict[str, str] = {}
        for metric in self.metrics:
            if metric.status_of is not None and metric.status_of not in twins:
                twins[metric.status_of] = metric.metric_id
                twins[metric.metric_id] = metric.status_of
        return twins


def _status(row: Mapping[str, Any]) -> Status | None:
    if "current_status" not in row:
        raise UnexpectedAnswer("a metric has no field current_status")
    status = row["current_status"]
    if status is None:
        return None
    if type(status) is not int or not 0 <= status <= 3:
        raise UnexpectedAnswer("current_status is not 0, 1, 2 or 3")
    return Status(status)


def _peoples_tags(tags: list[Any]) -> Iterator[str]:
    for tag in tags:
        if isinstance(tag, dict) and tag.get("tag_type") in _PEOPLES_TAGS:
            if name := read_word(tag, "name"):
                yield name
