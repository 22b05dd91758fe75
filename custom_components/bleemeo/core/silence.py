"""Silences: who is kept quiet from a time to a time, open or not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Keeps subjects quiet in [`begins_at`, `ends_at`); None as the end is for ever.

    `subjects` has the uids of metrics, services, agents and the account, `areas` and
    `labels` ids of Home Assistant's. `user_id` and `by` are who silenced, as far as that
    is known. `has_begun` is set once its beginning was told. One that `is_past` has
    ended, its end was told, and it is kept for the history.
    """

    id: str
    begins_at: datetime
    ends_at: datetime | None = None
    subjects: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    comment: str | None = None
    user_id: str | None = None
    by: str | None = None
    has_begun: bool = False
    is_past: bool = False

    def is_in_force(self, now: datetime) -> bool:
        """Return whether it keeps anybody quiet now.

        Once it has begun it does until its end: the clock may have been set back since.
        """
        return (self.has_begun or self.begins_at <= now) and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Return whether it has ended."""
        return self.ends_at is not None and self.ends_at <= now

    def covers(
        self,
        uids: Collection[str],
        areas: Collection[str] = (),
        labels: Collection[str] = (),
    ) -> bool:
        """Return whether it is about one of the uids, areas or labels."""
        return not (
            self.subjects.isdisjoint(uids)
            and self.areas.isdisjoint(areas)
            and self.labels.isdisjoint(labels)
        )
