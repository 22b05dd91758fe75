"""How the fields of a payload are read: as what they clearly mean, else not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import re
from typing import Any
from uuid import UUID

MAX_NAME_LENGTH = 255
MAX_TEXT_LENGTH = 2000
MAX_COUNT = 1_000_000

# a time outside of these is a zero, or a number in another unit
_FIRST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_TIME = datetime(2100, 1, 1, tzinfo=UTC)
# of 2026-11-20, the longest date without a time of day
_DATE_LENGTH = 10
_LEAP_SECOND = re.compile(r"([T ]\d\d:?\d\d:?)60(?!\d)")
_DIGITS = re.compile(r"\d{1,7}(\.0+)?")
_CANONICAL_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# control characters, line separators, and those that change the text direction
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class InvalidAlert(ValueError):
    """A payload that is not an alert; the message names the field and what is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """The name of a field in the payload, and how to read its value.

    `read` raises InvalidAlert, saying what it expected. Null counts as missing.
    """

    key: str
    read: Callable[[object], Any]
    required: bool = False


def read_uuid(value: object) -> str:
    """Return a UUID of any version in its canonical form."""
    if not isinstance(value, str):
        raise InvalidAlert("expected a UUID")
    if _CANONICAL_UUID.fullmatch(value):
        return value
    try:
        return str(UUID(value.strip()))
    except ValueError:
        raise InvalidAlert("expected a UUID") from None


def read_count(value: object) -> int:
    """Return a whole number, also one with a point or in a string; reject a bool."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value <= MAX_COUNT and value == int(value):
            return int(value)
    raise InvalidAlert(f"expected a whole number from 0 to {MAX_COUNT}")


def read_string(value: object) -> str:
    """Return the string; replace lone surrogates, which cannot be stored or sent on."""
    if not isinstance(value, str):
        raise InvalidAlert("expected a string")
    return value if value.isascii() else _SURROGATE.sub(_REPLACEMENT, value)


def read_time(value: object) -> datetime:
    """Return an ISO 8601 time in UTC, which is also assumed without an offset.

    A number counts the seconds, or the milliseconds, since 1970.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            time = _since_1970(value)
        else:
            time = _iso_time(read_string(value))
    except ValueError, OverflowError, OSError:
        # the last where the C library has no such year
        raise InvalidAlert("expected an ISO 8601 time") from None
    if not _FIRST_TIME <= time < _LAST_TIME:
        raise InvalidAlert("expected a time from 2000 to 2099")
    return time


def _since_1970(number: float) -> datetime:
    seconds = number if number < _LAST_TIME.timestamp() else number / 1000
    return datetime.fromtimestamp(seconds, UTC)


def _iso_time(text: str) -> datetime:
    """Read an ISO 8601 time; a leap second is the second after the one before it."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        text = text.strip().upper()
        text, leap_seconds = _LEAP_SECOND.subn(r"\g<1>59", text, count=1)
        time = datetime.fromisoformat(text) + timedelta(seconds=leap_seconds)
    if len(text) <= _DATE_LENGTH:
        raise ValueError("a date without a time of day")
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def read_title(value: object) -> str:
    """Return the whole title, which is cut only when it has been understood."""
    if not (title := _line(value)):
        raise InvalidAlert("expected a title that is not empty")
    return title


def read_text(value: object) -> str:
    """Return the text, cut so that the recorder stores it with the other attributes."""
    return read_string(value)[:MAX_TEXT_LENGTH]


def read_name(value: object) -> str:
    """Return the string on one line, cut to what Home Assistant accepts as a name."""
    return _line(value)[:MAX_NAME_LENGTH].rstrip()


def _line(value: object) -> str:
    """Return the string on one line."""
    text = read_string(value)
    # most texts contain no such character
    return " ".join((text if text.isprintable() else _CONTROL.sub(" ", text)).split())
