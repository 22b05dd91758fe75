"""Reconcile the board with a listing of Bleemeo's API, without asking Bleemeo."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from homeassistant.util import dt as dt_util

from ..core import Alert, Metric, MetricKey, Source, Status, Verdict
from ..hub import BleemeoHub, Turn
from .catalogue import Catalogue
from .client import AGENT_PATH, METRIC_PATH, ApiObject
from .listing import ListedMetric, Listing

# Bleemeo's list knows neither its grace nor its silences
SECOND_LOOK_AFTER = timedelta(minutes=2)
# below it, to lose most agents is nothing unusual
MANY_AGENTS = 3


@dataclass(frozen=True, slots=True)
class FirstLook:
    """When an open metric that was never seen was found.

    `while_offline` and `is_owed` are those of that comparison.
    """

    at: datetime
    while_offline: bool
    is_owed: bool


class SecondLook:
    """Raises what was never seen only if it is still open some minutes later.

    `agents` are those whose metrics wait for it.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._first: dict[str, FirstLook] = {}
        self._found: dict[str, FirstLook] = {}
        self.agents: set[str] = set()
        self._found_agents: set[str] = set()

    @property
    def is_due(self) -> bool:
        """Whether anything waits for its second look."""
        return bool(self._first)

    @property
    def waiting(self) -> int:
        """How many open metrics wait for it."""
        return len(self._first)

    def begin(self) -> None:
        """Look anew: what a look found that was cut off is no first look at anything."""
        self._found, self._found_agents = {}, set()

    def confirm(self, listed: ListedMetric, look: FirstLook) -> FirstLook | None:
        """Return the first look at an open metric if this one confirms it."""
        metric_id = listed.metric_id
        first = self._first.get(metric_id, look)
        if first.at > look.at:
            # the clock was set back
            first = look
        if metric_id in self._first and look.at - first.at >= SECOND_LOOK_AFTER:
            return first
        self._found[metric_id] = first
        self._found_agents.add(listed.agent_id)
        return None

    def end(self) -> None:
        """Drop what this look did not find open any more."""
        self._first, self.agents = self._found, self._found_agents


async def async_correct(
    hub: BleemeoHub,
    listing: Listing,
    account_id: str,
    *,
    forgotten: set[str],
    second_look: SecondLook,
    while_offline: bool,
    is_owed: bool,
) -> int:
    """Pass the hub an alert for each status that differs from the board's.

    `is_owed` is set if the board has agreed since the entry was set up, so that alerts
    should have told what differs. Return how many of them changed the board.

    Raises:
        HubNotReady: the entry is being unloaded.
        JournalError: the corrections are shown, but could not be kept.
    """
    corrected, turn = 0, Turn()
    second_look.begin()
    look = FirstLook(dt_util.utcnow(), while_offline, is_owed)
    under_way: list[asyncio.Task[Verdict]] = []
    for listed in _things(hub, listing):
        metric = hub.board.metrics.get(listed.key)
        first: FirstLook | None = look
        if metric is None:
            is_raised = listed.status is not Status.OK and not (
                listed.metric_id in forgotten or listed.agent_id in forgotten
            )
            first = second_look.confirm(listed, look) if is_raised else None
        if first and (found := _difference(hub, metric, listed, listing, account_id)):
            receiving = hub.async_receive(
                *found, while_offline=first.while_offline, is_owed=first.is_owed
            )
            # it is judged and shown now, and shares a commit with its neighbours
            under_way.append(hub.hass.async_create_task(receiving, eager_start=True))
        if turn.is_over:
            corrected += await _async_kept(under_way)
            under_way = []
            await turn.async_end()
    second_look.end()
    return corrected + await _async_kept(under_way)


async def async_show(hub: BleemeoHub, catalogue: Catalogue) -> None:
    """Show Bleemeo's agents, and use its names and units on the board."""
    hub.board.twins = catalogue.twins
    await hub.listed.async_show_agents(catalogue.shown_agents)
    await hub.listed.async_take_names(catalogue.metrics)


def find_missing(
    hub: BleemeoHub, listing: Listing, catalogue: Catalogue
) -> dict[ApiObject, list[Metric]]:
    """Return what an earlier listing had and this one lacks, each with its metrics.

    What no listing ever had is not missing, nor is a test alert. Where most agents are
    missing at once, the login is likely to see fewer than before, and nothing goes.
    """
    if not (listing.agents and listing.metrics):
        return {}
    gone = catalogue.agents.keys() - listing.agents.keys()
    are_hidden = len(gone) >= MANY_AGENTS and len(gone) * 2 > len(catalogue.agents)
    listed = {metric.metric_id for metric in listing.metrics}
    missing: dict[ApiObject, list[Metric]] = {}
    for (agent_id, metric_id), metric in hub.board.metrics.items():
        if metric.alert.source is Source.TEST or agent_id not in catalogue.agents:
            continue
        if agent_id not in listing.agents:
            if not are_hidden:
                missing.setdefault((AGENT_PATH, agent_id), []).append(metric)
        elif (
            metric_id in catalogue.metrics
            and metric_id not in listed
            and catalogue.twins.get(metric_id) not in listed
        ):
            missing[METRIC_PATH, metric_id] = [metric]
    for agent_id in () if are_hidden else gone & hub.board.agents.keys():
        missing.setdefault((AGENT_PATH, agent_id), [])
    return missing


def find_doubles(hub: BleemeoHub, listing: Listing) -> list[Metric]:
    """Return the metrics of which the board has the twin too, and which it can spare.

    What an alert named last stays.
    """
    doubles, metrics = [], hub.board.metrics
    for listed in listing.metrics:
        half = metrics.get(listed.key)
        base = metrics.get((listed.agent_id, listed.status_of))
        if listed.status_of is None or half is None or base is None:
            continue
        ranked = sorted(
            (base, half),
            key=lambda each: (
                each.alert.source is Source.WEBHOOK,
                each.alert.changed_at,
            ),
        )
        doubles.append(ranked[0])
    return doubles


async def _async_kept(under_way: list[asyncio.Task[Verdict]]) -> int:
    """Wait until alerts are on disk, and count those that changed something."""
    return (await asyncio.gather(*under_way)).count(Verdict.CHANGED)


def _things(hub: BleemeoHub, listing: Listing) -> Iterator[ListedMetric]:
    """Yield the metrics, but only one of two that a person sees as one.

    Bleemeo can have a metric and, as a second one, its status. It is not known which of
    them alerts name, so the one on the board stands for both, else the first.
    """
    shown = hub.board.metrics
    halves: dict[MetricKey, ListedMetric] = {
        (each.agent_id, each.status_of): each
        for each in listing.metrics
        if each.status_of is not None
    }
    bases = {each.key for each in listing.metrics if each.key in halves}
    for metric in listing.metrics:
        base_key = metric.agent_id, metric.status_of
        if base_key in bases:
            # its base stands for both
            continue
        if (half := halves.get(metric.key)) is not None:
            is_half = half.key in shown and metric.key not in shown
            one, other = (half, metric) if is_half else (metric, half)
            metric = one
            if one.status is None:
                metric = replace(one, status=other.status, text=other.text)
        elif metric.status_of and base_key in shown and metric.key not in shown:
            metric = replace(metric, metric_id=metric.status_of)
        if metric.status is not None:
            yield metric


def _difference(
    hub: BleemeoHub,
    metric: Metric | None,
    listed: ListedMetric,
    listing: Listing,
    account_id: str,
) -> tuple[Alert, str] | None:
    """Return the alert that makes the board agree, or None if it already does."""
    if metric is None:
        host = listing.agents[listed.agent_id].name
        return listed.as_alert(account_id, host, listed.real_name.name)
    # of a test Bleemeo knows nothing
    alert = hub.board.last_received(metric).alert
    if alert.status is listed.status or alert.changed_at >= listed.as_of:
        return None
    # a title's name for a metric is made for people, so keep it
    return listed.as_alert(account_id, metric.agent.name, metric.name)
