"""An alert as Bleemeo sends it: the schema of its payload.

The payload is described at https://docs.bleemeo.com/alerting/integrations/webhook.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
import re
from typing import Annotated, Any, Self, get_type_hints
from uuid import UUID

MAX_NAME_LENGTH = 255
MAX_TEXT_LENGTH = 2000
MAX_COUNT = 1_000_000
# how far a time may be ahead of the clock here, or behind Bleemeo's, and be believed
MAX_CLOCK_LEAD = timedelta(minutes=10)
MAX_CLOCK_LAG = timedelta(days=7)

type MetricKey = tuple[str, str | None]

_NEVER = datetime.min.replace(tzinfo=UTC)
_CANONICAL_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SURROGATE = re.compile("[\ud800-\udfff]")
# control characters, line separators, and those that change the text direction
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Status(IntEnum):
    """Bleemeo's status of a metric, by its number in the payload."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3

    @property
    def word(self) -> str:
        """The status as automations know it: ok, warning, critical or unknown."""
        return STATUS_WORDS[self]

    @property
    def severity(self) -> int:
        """Rank of the status: ok < unknown < warning < critical."""
        return _SEVERITIES[self]

    @property
    def is_problem(self) -> bool | None:
        """Whether the status is a problem; None if Bleemeo itself does not know."""
        return None if self is Status.UNKNOWN else self is not Status.OK


STATUS_WORDS = tuple(status.name.lower() for status in Status)
_SEVERITIES = (0, 2, 3, 1)


class Source(StrEnum):
    """Where an alert came from."""

    WEBHOOK = "webhook"
    API = "api"
    TEST = "test"


class InvalidAlert(ValueError):
    """A payload that is not an alert; the message names the field and what is wrong."""


def _uuid(value: object) -> str:
    """Return a UUID of any version in its canonical form."""
    if not isinstance(value, str):
        raise InvalidAlert("expected a UUID")
    if _CANONICAL_UUID.fullmatch(value):
        return value
    try:
        return str(UUID(value))
    except ValueError:
        raise InvalidAlert("expected a UUID") from None


def _status(value: object) -> Status:
    """Return the status; reject a bool, or a number in a string."""
    if type(value) is not int or not 0 <= value <= 3:
        raise InvalidAlert("expected 0, 1, 2 or 3")
    return Status(value)


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise InvalidAlert(f"expected a whole number from 0 to {MAX_COUNT}")
    return value


def _string(value: object) -> str:
    """Return the string; reject lone surrogates, which cannot be stored or sent on."""
    if not isinstance(value, str):
        raise InvalidAlert("expected a string")
    if not value.isascii() and _SURROGATE.search(value):
        raise InvalidAlert("expected a string of whole characters")
    return value


def _time(value: object) -> datetime:
    """Return an ISO 8601 time in UTC, which is also assumed without an offset."""
    text = _string(value)
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is UTC:
            return time
        if time.tzinfo is None:
            return time.replace(tzinfo=UTC)
        return time.astimezone(UTC)
    except ValueError, OverflowError:
        raise InvalidAlert("expected an ISO 8601 time") from None


def _title(value: object) -> str:
    if not (title := _name(value)):
        raise InvalidAlert("expected a title that is not empty")
    return title


def _text(value: object) -> str:
    """Return the text, cut so that the recorder stores it with the other attributes."""
    return _string(value)[:MAX_TEXT_LENGTH]


def _name(value: object) -> str:
    """Return the string on one line, cut to what Home Assistant accepts as a name."""
    text = _string(value)
    # most texts contain no such character
    words = (text if text.isprintable() else _CONTROL.sub(" ", text)).split()
    return " ".join(words)[:MAX_NAME_LENGTH].rstrip()


@dataclass(frozen=True, slots=True)
class Field:
    """The name of a field in the payload, and how to read its value.

    `read` raises InvalidAlert, saying what it expected. Null counts as missing.
    """

    key: str
    read: Callable[[object], Any]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert about one metric of one agent.

    Ids are UUIDs in canonical form, times are in UTC. A `metric_id` of None means the
    agent's own status. `event_id` is Bleemeo's id of the event.
    """

    account_id: Annotated[str, Field("account", _uuid, required=True)]
    agent_id: Annotated[str, Field("agent", _uuid, required=True)]
    metric_id: Annotated[str | None, Field("metric", _uuid)] = None
    event_id: Annotated[str | None, Field("id", _uuid)] = None
    status: Annotated[Status, Field("status", _status, required=True)]
    status_text: Annotated[str | None, Field("status_text", _name)] = None
    title: Annotated[str, Field("title", _title, required=True)]
    text: Annotated[str | None, Field("text", _text)] = None
    status_changed_at: Annotated[datetime | None, Field("status_changed_at", _time)] = (
        None
    )
    previous_status_changed_at: Annotated[
        datetime | None, Field("previous_status_changed_at", _time)
    ] = None
    happened_at: Annotated[datetime | None, Field("happened_at", _time)] = None
    created_at: Annotated[datetime | None, Field("created_at", _time)] = None
    modified_at: Annotated[datetime | None, Field("modified_at", _time)] = None
    changes_last_hour: Annotated[
        int | None, Field("number_status_change_last_hour", _count)
    ] = None
    source: Source = Source.WEBHOOK

    @classmethod
    def from_payload(cls, payload: object, source: Source = Source.WEBHOOK) -> Self:
        """Read an alert from decoded JSON.

        Optional fields may be missing or null, unknown ones are ignored.

        Raises:
            InvalidAlert: a field is wrong; the message names its path.
        """
        if not isinstance(payload, dict):
            raise InvalidAlert("expected an object")
        values: dict[str, Any] = {"source": source}
        for name, field in _FIELDS:
            key = field.key
            value = payload.get(key)
            if value is None:
                if not field.required:
                    continue
                if key not in payload:
                    raise InvalidAlert(f"{key}: required key not provided")
            try:
                values[name] = field.read(value)
            except InvalidAlert as error:
                raise InvalidAlert(f"{key}: {error}") from None
        alert = cls(**values)
        if alert.status_changed_at is None and alert.happened_at is None:
            raise InvalidAlert(
                "status_changed_at: required where happened_at is missing too"
            )
        return alert

    def to_payload(self) -> dict[str, Any]:
        """Return the payload that `from_payload` reads as this alert again."""
        return {
            field.key: value.isoformat() if isinstance(value, datetime) else value
            for name, field in _FIELDS
            if (value := getattr(self, name)) is not None
        }

    @property
    def key(self) -> MetricKey:
        """The metric that the alert is about, agent first."""
        return self.agent_id, self.metric_id

    @property
    def told_at(self) -> datetime:
        """When the status changed, by the clock of the agent."""
        return self.status_changed_at or self.happened_at or _NEVER

    @property
    def recorded_at(self) -> datetime | None:
        """When Bleemeo wrote the event down; without that, when it last modified it."""
        return self.created_at or self.modified_at

    @property
    def changed_at(self) -> datetime:
        """When the status changed, as far as the payload says.

        An agent's clock can be wrong. No change is later than Bleemeo's record of it,
        or no true alert could overtake it; and one that is said to be much earlier than
        its record would be late at once.
        """
        told, recorded = self.told_at, self.recorded_at
        if recorded is not None and told > recorded:
            return recorded
        # only this time never moves
        created = self.created_at
        if created is not None and created - told > MAX_CLOCK_LAG:
            return created - MAX_CLOCK_LAG
        return told

    @property
    def order(self) -> tuple[Any, ...]:
        """Rank among the alerts of a metric, whatever the order of arrival.

        Sort by the time of change, then by the time of modification. The rest breaks
        ties, so that the same alert wins whichever arrives first.
        """
        return (
            self.changed_at,
            self.told_at,
            self.modified_at or _NEVER,
            self.status.severity,
            self.event_id or "",
            self.title,
            self.text or "",
            self.changes_last_hour or 0,
            self.previous_status_changed_at or _NEVER,
            self.happened_at or _NEVER,
            self.created_at or _NEVER,
            self.status_text or "",
        )


def _read_fields() -> dict[str, Field]:
    """Return the payload's fields by their name in `Alert`."""
    hints = get_type_hints(Alert, include_extras=True)
    return {
        field.name: hints[field.name].__metadata__[0]
        for field in fields(Alert)
        if hasattr(hints[field.name], "__metadata__")
    }


_FIELDS = tuple(_read_fields().items())
