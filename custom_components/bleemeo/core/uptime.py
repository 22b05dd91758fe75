"""Uptime: the share of a time, as far as it is known, in which nothing was out."""

from collections.abc import Iterable

type Span = tuple[int, int]


def uptime(
    outages: Iterable[Span], since: int, until: int, gaps: Iterable[Span] = ()
) -> float | None:
    """Return the share of what is known of [`since`, `until`] that no outage covers.

    In the gaps only the outages are known. Both may overlap, and reach beyond. Return
    None where nothing is known.
    """
    outages, gaps = list(outages), list(gaps)
    down = _covered(outages, since, until)
    unseen = _covered([*outages, *gaps], since, until) - down if gaps else 0
    known = until - since - unseen
    return 1 - down / known if known > 0 else None


def _covered(spans: Iterable[Span], since: int, until: int) -> int:
    """Return how much of [`since`, `until`] the spans cover."""
    covered, end = 0, since
    for began, ended in sorted(spans):
        began, ended = max(began, end), min(ended, until)
        if ended > began:
            covered += ended - began
            end = ended
    return covered
