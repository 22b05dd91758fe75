"""What agents and metrics are called, from what the titles of their alerts tell.

The order in which titles arrive makes no difference, with one exception: it decides when
an agent counts as duplicated, and which of its hosts names it from then on.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from .title import Title

MAX_CHANGES_BACK = 2
# within which an agent's hosts belong together; a rename long ago is no change back
RECENT = timedelta(days=7)
MAX_HOSTS = 8

# whether a title is to be trusted with the host more than others, and its alert's time
type Told = tuple[bool, datetime]


@dataclass(slots=True)
class AgentName:
    """The hosts that titles told of an agent, and the one that names it: the newest.

    Machines that were cloned report under one agent, and each title names another of
    them. After the second change back to a host told before, the agent is duplicated:
    it keeps its name until only one host was told for a week.
    """

    host: str | None = None
    told: dict[str, Told] = field(default_factory=dict)
    changes_back: int = 0

    @property
    def is_duplicated(self) -> bool:
        """Whether several machines seem to report under this agent."""
        return self.changes_back >= MAX_CHANGES_BACK

    @property
    def newest(self) -> tuple[Told, str] | None:
        """The host that was told last, and when."""
        return max(((told, host) for host, told in self.told.items()), default=None)

    def read(self, host: str, told: Told) -> bool:
        """Take a host that a title told; return whether that is to be kept."""
        known, before = self.told.get(host), self.newest
        if known is not None and known >= told:
            return False
        self.told[host] = told
        is_back = known is not None and before and before[1] != host
        if is_back and self.newest == (told, host):
            self.changes_back += 1
        self._settle()
        return host in self.told

    def copy(self) -> AgentName:
        """Return a copy that stays as it is."""
        return replace(self, told=dict(self.told))

    def restore(self, kept: list[AgentName]) -> None:
        """Merge what was kept of this agent with what the last titles told."""
        self.changes_back = 0
        for name in sorted(kept, key=lambda name: (name.newest, name.changes_back)):
            self.host, self.changes_back = name.host, name.changes_back
            for host, told in name.told.items():
                self.told[host] = max(told, self.told.get(host, told))
        self._settle()

    def _settle(self) -> None:
        """Drop hosts that no longer matter, and choose the name."""
        if (newest := self.newest) is None:
            return
        is_sure, told_at = newest[0]
        hosts = sorted(self.told, key=lambda host: self.told[host], reverse=True)
        self.told = {
            host: self.told[host]
            for host in hosts[:MAX_HOSTS]
            if self.told[host][0] is is_sure and told_at - self.told[host][1] <= RECENT
        }
        if len(self.told) == 1:
            self.changes_back = 0
        if not self.is_duplicated:
            self.host = newest[1]


@dataclass(frozen=True, slots=True)
class MetricName:
    """The title that names a metric, and the time of its alert.

    That is the newest title that ends in a status, for only there it is known what the
    name is. If none does, the oldest title stays, so that nothing is renamed at random.
    """

    title: Title
    told_at: datetime

    def merge(self, other: Self) -> Self:
        """Return the one of the two that names the metric."""
        return max(self, other, key=MetricName._rank)

    def _rank(self) -> tuple[bool, float, str]:
        seconds = self.told_at.timestamp()
        has_status = self.title.has_status
        return has_status, seconds if has_status else -seconds, self.title.subject


@dataclass(frozen=True, slots=True)
class ToldNames:
    """What titles told before and a metric's last one does not tell again."""

    agent: AgentName | None = None
    metric: MetricName | None = None
