"""What the title and the text of an alert say: host, metric, value and threshold.

The forms of the text are those of Bleemeo's agent (bleemeo/glouton, threshold/threshold.go).
"""

from dataclasses import dataclass
import re
from typing import Self

from .alert import STATUS_WORDS


@dataclass(frozen=True, slots=True)
class Title:
    """What an alert's title says: the metric, and the host if it names one."""

    host: str | None
    metric_name: str

    @classmethod
    def parse(cls, title: str, status_text: str | None = None) -> Self:
        """Split "<host> - <metric> is <status>" at the first " - " and the last " is ".

        Bleemeo publishes one example of this form and does not promise it. A title of
        any other form is taken as the metric's name, without a host.
        """
        host, dash, rest = title.partition(" - ")
        name, verb, status = rest.rpartition(" is ")
        word = status.strip().casefold()
        known = word in STATUS_WORDS or word == (status_text or "").strip().casefold()
        if dash and verb and known and word and host.strip() and name.strip():
            return cls(host.strip(), name.strip())
        return cls(None, title)


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbers in an alert's text: value and threshold, both in `unit`.

    Durations are in seconds, with the unit "s". A threshold in another multiple of the
    value's unit is converted to that unit.
    """

    value: float | None = None
    unit: str | None = None
    threshold: float | None = None

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read "Current value: 85.00 % threshold (80.00 %) exceeded ..."."""
        if not text or not (match := _READING.match(text)):
            return cls()
        value, unit = _quantity(match["value"])
        if value is None or match["threshold"] is None:
            return cls(value, unit)
        threshold, threshold_unit = _quantity(match["threshold"])
        if threshold is not None and threshold_unit != unit:
            threshold = _rescale(threshold, threshold_unit, unit)
        return cls(value, unit, threshold)


_READING = re.compile(
    r"Current value: (?P<value>-?\d[^()\n]{0,80}?)(?: \([^()\n]{0,80}\))?"
    r"(?: threshold \((?P<threshold>-?\d[^()\n]{0,80})\) exceeded\b.*)?$"
)
_NUMBER = re.compile(r"(?P<number>-?\d{1,30}(?:\.\d{1,30})?)(?: (?P<unit>\S.*))?$")
_DURATION = re.compile(
    r"(?P<sign>-?)(?P<count>\d{1,12}) (?P<unit>second|minute|hour|day)s?"
    r"(?: (?P<rest>\d{1,12}) (?P<rest_unit>second|minute|hour|day)s?)?$"
)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_MULTIPLES = re.compile(r"(?P<prefix>[KMGTPE]?)(?P<base>Bytes|Bits)(?P<rest>.*)$")
_PREFIXES = ("", "K", "M", "G", "T", "P", "E")


def _quantity(quantity: str) -> tuple[float | None, str | None]:
    """Return the number and the unit of "1.00 GBytes" or "1 day 3 hours"."""
    if duration := _DURATION.match(quantity):
        seconds = int(duration["count"]) * _SECONDS[duration["unit"]]
        if duration["rest"]:
            seconds += int(duration["rest"]) * _SECONDS[duration["rest_unit"]]
        return float(-seconds if duration["sign"] else seconds), "s"
    if number := _NUMBER.match(quantity):
        return float(number["number"]), number["unit"]
    return None, None


def _rescale(number: float, unit: str | None, wanted: str | None) -> float | None:
    """Convert between multiples of bytes or bits, which go in steps of 1024."""
    have, want = _MULTIPLES.match(unit or ""), _MULTIPLES.match(wanted or "")
    if not have or not want or have.group("base", "rest") != want.group("base", "rest"):
        return None
    steps = _PREFIXES.index(have["prefix"]) - _PREFIXES.index(want["prefix"])
    return number * 1024.0**steps
