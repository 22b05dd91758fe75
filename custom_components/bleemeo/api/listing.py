"""A listing: what Bleemeo's API says about an account's agents and metrics at one time.

The fields are known from Bleemeo's own agent (bleemeo/glouton) and client
(bleemeo/bleemeo-python), not from a reference: an answer of another form is refused as a
whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
import json
from typing import Any, Final, Self
from uuid import UUID

from ..core import MAX_NAME_LENGTH, Alert, MetricKey, RealName, Source, Status
from .errors import UnexpectedAnswer

AGENT_FIELDS: Final = "id,display_name,fqdn"
METRIC_FIELDS: Final = (
    "id,agent,label,item,unit_text,status_of,deactivated_at,"
    "current_status,status_descriptions"
)

# as Bleemeo writes them at the end of a title, as far as known
_STATUS_TEXTS = ("OK", "Warning", "Critical", "Unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMetric:
    """A metric as it was at `as_of`, a time of Bleemeo's clock in UTC.

    `status` is None if Bleemeo has none, or no longer has one. `status_of` is the id of
    the metric whose status this one is, if a person sees the two as one.
    """

    agent_id: str
    metric_id: str
    name: str
    unit: str | None
    status_of: str | None
    status: Status | None
    text: str | None
    as_of: datetime

    @property
    def key(self) -> MetricKey:
        """The metric's key on the board."""
        return self.agent_id, self.metric_id

    @classmethod
    def from_row(cls, row: Mapping[str, Any], as_of: datetime) -> Self:
        """Read a row of the listing of metrics.

        Raises:
            UnexpectedAnswer: an id or the status has another form.
        """
        label, item = _word(row.get("label")), _word(row.get("item"))
        if label is None:
            raise UnexpectedAnswer("a metric has no label")
        # an inactive metric keeps its last status
        status = _status(row) if row.get("deactivated_at") is None else None
        descriptions = row.get("status_descriptions")
        if not isinstance(descriptions, list):
            descriptions = []
        descriptions = [each for each in descriptions if isinstance(each, str)]
        return cls(
            agent_id=read_id(row, "agent"),
            metric_id=read_id(row, "id"),
            name=f"{label} ({item})" if item else label,
            unit=_word(row.get("unit_text")),
            status_of=None
            if row.get("status_of") is None
            else read_id(row, "status_of"),
            status=status,
            text="\n".join(_whole(each) for each in descriptions) or None,
            as_of=as_of,
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


@dataclass(slots=True)
class Listing:
    """The names of all agents of an account by id, and all its active metrics.

    It is complete unless a page changed while it was being read.
    """

    agents: dict[str, str] = field(default_factory=dict)
    metrics: list[ListedMetric] = field(default_factory=list)
    is_complete: bool = True

    @property
    def real_names(self) -> dict[str, RealName]:
        """Bleemeo's names of the metrics, by id."""
        return {
            metric.metric_id: RealName(metric.name, metric.unit)
            for metric in self.metrics
        }

    def check(self) -> None:
        """Check that there is any status.

        Raises:
            UnexpectedAnswer: there are metrics, but none has a status.
        """
        if self.metrics and all(metric.status is None for metric in self.metrics):
            raise UnexpectedAnswer("no metric has a status")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its rows, the count over all pages, and if more follow."""

    rows: list[dict[str, Any]]
    count: int
    has_next: bool

    @classmethod
    def from_answer(cls, answer: object) -> Self:
        """Read a decoded answer.

        Raises:
            UnexpectedAnswer: it is not a page.
        """
        match answer:
            case {
                "count": int() as count,
                "results": list() as rows,
                "next": str() | None as following,
            } if all(isinstance(row, dict) for row in rows):
                return cls(rows, count, bool(following))
        raise UnexpectedAnswer("it is no page of a list")


def read_id(row: Mapping[str, Any], key: str) -> str:
    """Return an id in its canonical form.

    Raises:
        UnexpectedAnswer: it is not an id.
    """
    try:
        return str(UUID(row[key]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnexpectedAnswer(f"{key} is no UUID") from error


def read_agent_name(row: Mapping[str, Any]) -> str | None:
    """Return the agent's display name in Bleemeo, else its host name."""
    return _word(row.get("display_name")) or _word(row.get("fqdn"))


def _status(row: Mapping[str, Any]) -> Status | None:
    if "current_status" not in row:
        raise UnexpectedAnswer("a metric has no field current_status")
    status = row["current_status"]
    if status is None:
        return None
    if type(status) is not int or not 0 <= status <= 3:
        raise UnexpectedAnswer("current_status is not 0, 1, 2 or 3")
    return Status(status)


def _word(value: object) -> str | None:
    """Return a text cut and on one line, or None if it is empty or not a text."""
    if not isinstance(value, str):
        return None
    return " ".join(_whole(value).split())[:MAX_NAME_LENGTH] or None


def _whole(text: str) -> str:
    """Replace lone surrogates, which cannot be stored."""
    return text.encode(errors="replace").decode()
