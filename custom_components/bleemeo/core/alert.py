"""An alert as Bleemeo sends it: the schema of its payload.

The payload is described at https://docs.bleemeo.com/alerting/integrations/webhook.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
import re
from types import MappingProxyType
from typing import Annotated, Any, Self, get_type_hints
from uuid import UUID, uuid5

from .field import (
    MAX_NAME_LENGTH,
    Field,
    InvalidAlert,
    read_count,
    read_name,
    read_string,
    read_text,
    read_time,
    read_title,
    read_uuid,
)
from .title import Title, shorten_title

# how far a time may be ahead of the clock here, or behind Bleemeo's, and be believed
MAX_CLOCK_LEAD = timedelta(minutes=10)
MAX_CLOCK_LAG = timedelta(days=7)

# not of Bleemeo's: the journal's name for the time of arrival
KEY_ARRIVED_AT = "_arrived_at"

type MetricKey = tuple[str, str | None]

_NEVER = datetime.min.replace(tzinfo=UTC)
_NOTHING: Mapping[str, str] = MappingProxyType({})
_DIGIT_STATUS = re.compile(r"[0-3](\.0+)?")


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
_NUMBERS = tuple(status.value for status in Status)
_SEVERITIES = (0, 2, 3, 1)


class Source(StrEnum):
    """Where an alert came from."""

    WEBHOOK = "webhook"
    API = "api"
    TEST = "test"


def _status(value: object) -> Status:
    """Return the status by its number or its word; reject a bool."""
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in STATUS_WORDS:
            return Status(STATUS_WORDS.index(word))
        if _DIGIT_STATUS.fullmatch(word):
            return Status(int(word[0]))
    elif value in _NUMBERS and not isinstance(value, bool):
        return Status(_NUMBERS.index(value))
    raise InvalidAlert("expected 0, 1, 2 or 3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert about one metric of one agent.

    Ids are UUIDs in canonical form, times are in UTC. A `metric_id` of None means the
    agent's own status. `event_id` is Bleemeo's id of the event. `arrived_at` is set only
    if the payload has no time that could be used. `left_out` has the fields of the
    payload that could not be read, and why. `changed_at` is when the status changed, and
    `order` ranks the alerts of a metric, whatever the order of arrival.
    """

    account_id: Annotated[str, Field("account", read_uuid, required=True)]
    agent_id: Annotated[str, Field("agent", read_uuid, required=True)]
    metric_id: Annotated[str | None, Field("metric", _metric)] = None
    event_id: Annotated[str | None, Field("id", read_uuid)] = None
    status: Annotated[Status, Field("status", _status, required=True)]
    status_text: Annotated[str | None, Field("status_text", read_name)] = None
    title: Annotated[str, Field("title", read_title, required=True)]
    text: Annotated[str | None, Field("text", read_text)] = None
    status_changed_at: Annotated[
        datetime | None, Field("status_changed_at", read_time)
    ] = None
    previous_status_changed_at: Annotated[
        datetime | None, Field("previous_status_changed_at", read_time)
    ] = None
    happened_at: Annotated[datetime | None, Field("happened_at", read_time)] = None
    created_at: Annotated[datetime | None, Field("created_at", read_time)] = None
    modified_at: Annotated[datetime | None, Field("modified_at", read_time)] = None
    changes_last_hour: Annotated[
        int | None, Field("number_status_change_last_hour", read_count)
    ] = None
    arrived_at: Annotated[datetime | None, Field(KEY_ARRIVED_AT, read_time)] = None
    source: Source = Source.WEBHOOK
    left_out: Mapping[str, str] = field(default=_NOTHING, compare=False)
    changed_at: datetime = field(init=False, compare=False, repr=False)
    order: tuple[Any, ...] = field(init=False, compare=False, repr=False)

    @classmethod
    def from_payload(
        cls,
        payload: object,
        source: Source = Source.WEBHOOK,
        arrived_at: datetime | None = None,
    ) -> Self:
        """Read an alert from decoded JSON.

        Optional fields may be missing or null, unknown ones are ignored. An optional
        field that cannot be read is left out, except for a metric's id: something else
        than the agent's own status must stand for it. `arrived_at` counts if there is
        no time.

        Raises:
            InvalidAlert: a required field is wrong; the message names its path.
        """
        if not isinstance(payload, dict):
            raise InvalidAlert("expected an object")
        left_out: dict[str, str] = {}
        values: dict[str, Any] = {"source": source}
        for name, wanted in _FIELDS:
            key = wanted.key
            value = payload.get(key)
            if value is None:
                if not wanted.required:
                    continue
                if key not in payload:
                    raise InvalidAlert(f"{key}: required key not provided")
            try:
                values[name] = wanted.read(value)
            except InvalidAlert as error:
                if wanted.required:
                    raise InvalidAlert(f"{key}: {error}") from None
                left_out[key] = str(error)
        title, status_text = values["title"], values.get("status_text")
        if len(title) > MAX_NAME_LENGTH:
            values["title"] = shorten_title(title, status_text, MAX_NAME_LENGTH)
        if "metric" in left_out:
            values["metric_id"] = _stand_in(payload["metric"], **values)
        if values.keys() & _TIMES:
            values.pop("arrived_at", None)
        elif "arrived_at" not in values:
            if arrived_at is None:
                raise InvalidAlert("status_changed_at: required without another time")
            values["arrived_at"] = arrived_at
            left_out.setdefault("status_changed_at", "missing, as any other time")
        if left_out:
            values["left_out"] = left_out
        return cls(**values)

    def with_words_of(self, told: Self) -> Self:
        """Return what the API found with the words, times and id of its own alert."""
        return replace(
            self,
            event_id=told.event_id,
            status_text=told.status_text,
            title=told.title,
            text=told.text,
            status_changed_at=told.status_changed_at,
            previous_status_changed_at=told.previous_status_changed_at,
            changes_last_hour=told.changes_last_hour,
        )

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
        """When the status changed, by the clock of the agent.

        Without that, when Bleemeo wrote it down, or else when it arrived.
        """
        return (
            self.status_changed_at
            or self.happened_at
            or self.recorded_at
            or self.arrived_at
            or _NEVER
        )

    @property
    def recorded_at(self) -> datetime | None:
        """When Bleemeo wrote the event down; without that, when it last modified it."""
        return self.created_at or self.modified_at

    def __post_init__(self) -> None:
        """Work out what is compared again and again."""
        object.__setattr__(self, "changed_at", self._date())
        object.__setattr__(self, "order", self._rank())

    def _date(self) -> datetime:
        """Return when the status changed, as far as the payload says.

        An agent's clock can be wrong. No change is later than Bleemeo's record of it,
        or no true alert could overtake it; and one that is said to be much earlier than
        its record would be late at once. What the API found counts from when it was
        looked up, whatever an alert tells of it afterwards.
        """
        if self.source is Source.API and self.happened_at is not None:
            return self.happened_at
        told, recorded = self.told_at, self.recorded_at
        if recorded is not None and told > recorded:
            return recorded
        # only this time never moves
        created = self.created_at
        if created is not None and created - told > MAX_CLOCK_LAG:
            return created - MAX_CLOCK_LAG
        return told

    def _rank(self) -> tuple[Any, ...]:
        """Sort by the time of change, then by the time of modification.

        The rest breaks ties, so that the same alert wins whichever arrives first.
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


def _metric(value: object) -> str | None:
    """Return the metric's id; an empty one means the agent's own status, like null."""
    is_empty = isinstance(value, str) and not value.strip()
    return None if is_empty else read_uuid(value)


def _stand_in(
    value: object,
    *,
    agent_id: str,
    title: str,
    status_text: str | None = None,
    **_: Any,
) -> str:
    """Return an id that stands for a metric whose own is not a UUID.

    It is that of no other metric, and always the same for the same value and name. What
    is neither a string nor a number identifies nothing: then the name stands alone.
    """
    name = Title.parse(title, status_text).metric_name()
    own = value if isinstance(value, str | int) else ""
    return str(uuid5(UUID(agent_id), read_string(f"{own}\n{name}")))


def _read_fields() -> dict[str, Field]:
    """Return the payload's fields by their name in `Alert`."""
    hints = get_type_hints(Alert, include_extras=True)
    return {
        field.name: hints[field.name].__metadata__[0]
        for field in fields(Alert)
        if hasattr(hints[field.name], "__metadata__")
    }


_FIELDS = tuple(_read_fields().items())
_TIMES = {"status_changed_at", "happened_at", "created_at", "modified_at"}
