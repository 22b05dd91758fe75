"""Uptime: the share of a time in which nothing was out."""

from collections.abc import Iterable


def uptime(outages: Iterable[tuple[int, int]], since: int, until: int) -> float | None:
    """Return the share of [`since`, `until`] that no outage covers, or None if empty.

    The outages may overlap, and reach beyond.
    """
    if until <= since:
        return None
    down, end = 0, since
    for began, ended in sorted(outages):
        began, ended = max(began, end), min(ended, until)
        if ended > began:
            down += ended - began
            end = ended
    return 1 - down / (until - since)
