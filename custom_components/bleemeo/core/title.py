"""What the title and the text of an alert say: host, metric, value and threshold.

The forms of the text are those of Bleemeo's agent (bleemeo/glouton, threshold/threshold.go).
"""

from dataclasses import dataclass
from functools import lru_cache
import re
from typing import Self


@dataclass(frozen=True, slots=True)
class Title:
    """What an alert's title says by itself.

    `subject` is the title up to its status; `has_status` is set if it ends in one. `host`
    is what stands before the first " - " (then `is_dashed` is set) or ": ".
    """

    subject: str
    has_status: bool
    host: str | None
    is_dashed: bool

    @classmethod
    # a metric's titles are the same few again and again
    @lru_cache(4096)
    def parse(cls, title: str, status_text: str | None = None) -> Self:
        """Read "<host> - <metric> is <status>", as far as the title has that form.

        Bleemeo publishes one example of this form and does not promise it. The status is
        what follows the last " is ", or in other languages the status text with the word
        before it.
        """
        host, _, rest = _split(title)
        length = _length_without_status(rest, status_text if host else None)
        end = len(title) - len(rest) + length
        return cls.of_subject(title[:end], has_status=end < len(title))

    @classmethod
    def of_subject(cls, subject: str, has_status: bool) -> Self:
        """Return the title of a subject, which may have had a status behind it."""
        host, separator, _ = _split(subject)
        return cls(subject, has_status, host, is_dashed=separator == " - ")

    def metric_name(self, *called: str | None) -> str:
        """Return the subject without the host, which the agent may have been `called`."""
        hosts = [host for host in called if host and self.subject.startswith(host)]
        rests = [self.subject.removeprefix(host) for host in hosts]
        for rest in rests:
            if (separator := _SEPARATOR.match(rest)) and rest[separator.end() :]:
                return rest[separator.end() :].strip()
        if self.host:
            return _split(self.subject)[2].strip()
        for rest in rests:
            if not _NAME_GOES_ON.match(rest) and (name := rest.strip(_PUNCTUATION)):
                return name
        return self.subject


def shorten_title(title: str, status_text: str | None, length: int) -> str:
    """Cut a title to a length in its middle, so that host and status stay."""
    if len(title) <= length:
        return title
    subject = Title.parse(title, status_text).subject
    status = title[len(subject) :]
    if len(status) > length // 2:
        return title[:length].rstrip()
    return f"{subject[: length - len(status) - 1].rstrip()}…{status}"


_SEPARATOR = re.compile(" - |: ")
# "web01" is not the host of "web01-old" or "web01.example.com"
_NAME_GOES_ON = re.compile(r"[\w.-]|$")
_PUNCTUATION = " ,:;|/–—>"


def _split(title: str) -> tuple[str | None, str, str]:
    """Return the host, the separator behind it, and the rest, which is never empty."""
    if separator := _SEPARATOR.search(title):
        host, rest = title[: separator.start()].strip(), title[separator.end() :]
        if host and rest.strip():
            return host, separator[0], rest
    return None, "", title


def _length_without_status(text: str, status_text: str | None) -> int:
    """Return how much of the text stands before its status: all of it without one."""
    name, verb, status = text.rpartition(" is ")
    if verb and name.strip() and status.strip():
        return len(name)
    words, ending = text.split(" "), (status_text or "").casefold().split()
    count = len(ending)
    if not ending or len(words) <= count:
        return len(text)
    if [word.casefold() for word in words[-count:]] != ending:
        return len(text)
    # the verb goes too, unless nothing else is left
    return len(" ".join(words[: -count - 1] or words[:-count]))


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
        """Read "Current value: 85.00 % threshold (80.00 %) exceeded ...".

        Bleemeo joins several descriptions by newlines; the first with a value counts.
        """
        for line in (text or "").splitlines():
            if (reading := cls._parse_line(line.strip())).value is not None:
                return reading
        return cls()

    @classmethod
    def _parse_line(cls, line: str) -> Self:
        if not (match := _READING.match(line)):
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
