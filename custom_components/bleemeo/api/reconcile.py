"""Reconcile the board with a listing of Bleemeo's API, without asking Bleemeo."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from bleemeo import Resource

from homeassistant.core import Context

from ..core import Alert, Metric, Source, Status, Verdict
from ..hub import BleemeoHub, async_get_agent_device
from .catalogue import Catalogue
from .client import ApiObject
from .listing import ListedMetric, Listing

# how long to block the event loop at a time
TURN_SECONDS = 0.005


async def async_correct(
    hub: BleemeoHub, listing: Listing, account_id: str, *, while_offline: bool
) -> int:
    """Pass the hub an alert for each status that differs from the board's.

    Return how many of them changed the board.

    Raises:
        HubNotReady: the entry is being unloaded.
        JournalError: the corrections are shown, but could not be kept.
    """
    loop, corrected = hub.hass.loop, 0
    under_way: list[asyncio.Task[Verdict]] = []
    end = loop.time() + TURN_SECONDS
    for metric in _worth_showing(hub, listing.metrics):
        if found := _difference(hub, metric, listing.agents, account_id):
            alert, body = found
            receiving = hub.async_receive(alert, body, while_offline=while_offline)
            # it is judged and shown now, and shares a commit with its neighbours
            under_way.append(hub.hass.async_create_task(receiving, eager_start=True))
        if loop.time() > end:
            # let other tasks in the event loop run
            corrected += await _async_kept(under_way)
            under_way, end = [], loop.time() + TURN_SECONDS
    return corrected + await _async_kept(under_way)


def async_rename(hub: BleemeoHub, catalogue: Catalogue) -> None:
    """Use Bleemeo's own names on the board and for devices."""
    for agent in hub.async_take_names(catalogue.agents, catalogue.metrics):
        async_get_agent_device(hub.hass, hub.entry, agent)
        hub.announcer.tell(agent.uid, Context())


def find_missing(
    hub: BleemeoHub, listing: Listing, catalogue: Catalogue
) -> dict[ApiObject, list[Metric]]:
    """Return what an earlier listing had and this one lacks, each with its metrics.

    What no listing ever had is not missing, nor is a test alert. An incomplete or empty
    listing proves nothing.
    """
    if not (listing.is_complete and listing.agents and listing.metrics):
        return {}
    listed = {metric.metric_id for metric in listing.metrics}
    missing: dict[ApiObject, list[Metric]] = {}
    for (agent_id, metric_id), metric in hub.board.metrics.items():
        if metric.alert.source is Source.TEST or agent_id not in catalogue.agents:
            continue
        if agent_id not in listing.agents:
            missing.setdefault((Resource.AGENT, agent_id), []).append(metric)
        elif metric_id in catalogue.metrics and metric_id not in listed:
            missing[Resource.METRIC, metric_id] = [metric]
    return missing


async def _async_kept(under_way: list[asyncio.Task[Verdict]]) -> int:
    """Wait until alerts are on disk, and count those that changed something."""
    await asyncio.sleep(0)
    return (await asyncio.gather(*under_way)).count(Verdict.CHANGED)


def _worth_showing(
    hub: BleemeoHub, metrics: Iterable[ListedMetric]
) -> Iterator[ListedMetric]:
    """Yield the metrics, but only one of two that a person sees as one.

    Bleemeo can have a metric and, as a second one, its status. It is not known which of
    them alerts name, so the one on the board stands for both, else the first.
    """
    with_status = [metric for metric in metrics if metric.status is not None]
    wholes = {metric.metric_id for metric in with_status}
    halves = {metric.status_of: metric.key for metric in with_status}
    for metric in with_status:
        if metric.key in hub.board.metrics or (
            metric.status_of not in wholes
            and halves.get(metric.metric_id) not in hub.board.metrics
        ):
            yield metric


def _difference(
    hub: BleemeoHub, listed: ListedMetric, agents: Mapping[str, str], account_id: str
) -> tuple[Alert, str] | None:
    """Return the alert that makes the board agree, or None if it already does."""
    metric = hub.board.metrics.get(listed.key)
    if metric is None:
        if listed.status is Status.OK:
            return None
        host = agents.get(listed.agent_id, listed.agent_id[:8])
        return listed.as_alert(account_id, host, listed.name)
    alert = metric.alert
    if alert.status is listed.status or alert.changed_at >= listed.as_of:
        return None
    # a title's name for a metric is made for people, so keep it
    return listed.as_alert(account_id, metric.agent.name, metric.name)
