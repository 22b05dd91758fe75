"""When servers were silenced: what is over, and what is in force."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Final

from ..core import Agent, Metric, Places, Silence

# of one server: more could not be told apart in a bar
MOST: Final = 100

type Shown = dict[str, str | None]

_LATEST = datetime.max.replace(tzinfo=UTC)


class QuietTimes:
    """The silences of a window of time, by what they are about."""

    def __init__(self, silences: Iterable[Silence], since: datetime) -> None:
        """Take those that did not end before a time."""
        self._uids = defaultdict[str, list[Silence]](list)
        self._areas = defaultdict[str, list[Silence]](list)
        self._labels = defaultdict[str, list[Silence]](list)
        for silence in silences:
            if silence.ends_at is not None and silence.ends_at <= since:
                continue
            for found, ids in (
                (self._uids, silence.subjects),
                (self._areas, silence.areas),
                (self._labels, silence.labels),
            ):
                for each in ids:
                    found[each].append(silence)

    def of(self, agent: Agent, places: Places, account: str) -> list[Shown]:
        """Describe when a server was silenced, and when its metrics alone were.

        For an area or a label, that is as the server is placed now. The last are told.
        """
        last = sorted(
            self._of_server(agent, places, account), key=attrgetter("begins_at")
        )
        shown = [_shown(each) for each in last[-MOST:]]
        for metric in agent.metrics.values() if self._uids else ():
            own = [
                silence
                for uid in (metric.service_uid, metric.uid)
                for silence in self._uids.get(uid or "", ())
            ]
            shown += (
                {**_shown(each), "metric_id": metric.alert.metric_id}
                for each in own[-MOST:]
            )
        return shown

    def _of_server(
        self, agent: Agent, places: Places, account: str
    ) -> Iterator[Silence]:
        for uid in (account, agent.uid):
            yield from self._uids.get(uid, ())
        areas, labels = places
        for area_id in areas:
            yield from self._areas.get(area_id, ())
        for label_id in labels:
            yield from self._labels.get(label_id, ())


def longest(
    silences: Iterable[Silence],
    account: str,
    agent: Agent | None = None,
    metric: Metric | None = None,
) -> Shown | None:
    """Describe the one of the silences that ends last, if there is any."""
    last = max(silences, key=lambda each: each.ends_at or _LATEST, default=None)
    if last is None:
        return None
    if metric is not None and metric.uid in last.subjects:
        target = "metric"
    elif metric is not None and metric.service_uid in last.subjects:
        target = "service"
    elif agent is not None and agent.uid in last.subjects:
        target = "server"
    elif account in last.subjects:
        target = "account"
    else:
        target = "area" if last.areas else "label"
    return {
        "id": last.id,
        **_shown(last),
        "comment": last.comment,
        "user_id": last.user_id,
        "by": last.by,
        "target": target,
    }


def _shown(silence: Silence) -> Shown:
    ends_at = silence.ends_at
    return {
        "from": silence.begins_at.isoformat(),
        "until": ends_at.isoformat() if ends_at else None,
    }
