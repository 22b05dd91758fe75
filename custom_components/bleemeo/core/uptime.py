"""Uptime: the share of a time, as far as it is known, in which nothing was out."""

from collections.abc import Iterable
from typing import Final

# from when to when, in microseconds
type Span = tuple[int, int]

# an hour; a share of less frightens and says nothing
LEAST_KNOWN: Final = 60 * 60 * 1_000_000


def uptime(
    outages: Iterable[Span], since: int, until: int, unknown: Iterable[Span] = ()
) -> float | None:
    """Return the share of what is known of [`since`, `until`] that no outage covers.

    Of what is unknown, the outages are known all the same. Both may overlap, and reach
    beyond. Return None where less than an hour is known, or less than half of a time
    that is shorter than two.
    """
    outages, unknown = list(outages), list(unknown)
    down = _covered(outages, since, until)
    unseen = _covered([*outages, *unknown], since, until) - down if unknown else 0
    known = until - since - unseen
    is_enough = known > 0 and known >= min(LEAST_KNOWN, (until - since) / 2)
    return 1 - down / known if is_enough else None


def _covered(spans: Iterable[Span], since: int, until: int) -> int:
    """Return how much of [`since`, `until`] the spans cover."""
    covered, end = 0, since
    for began, ended in sorted(spans):
        began, ended = max(began, end), min(ended, until)
        if ended > began:
            covered += ended - began
            end = ended
    return covered
