"""Collect alerts that are told together, and say of one or many what a run is given."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..core import Judgement, Rule, Status, Verdict
from ..hub import change_data
from .follow import Finding
from .memory import Key

MAX_ALERTS = 50
MAX_TEXT_LENGTH = 255

_SEVERITIES = {status.word: status.severity for status in Status}
_OF_THE_CHANGE = ("change", "previous_status", "unseen_change", "while_offline")


class Collection:
    """Collects what comes within a time of the first."""

    def __init__(
        self,
        hass: HomeAssistant,
        time: timedelta,
        end: Callable[[list[Finding]], None],
    ) -> None:
        """Start with nothing collected; `end` is called with all that is."""
        self._hass = hass
        self._time = time
        self._end = end
        self._found: dict[tuple[Key, Rule | None], Finding] = {}
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def add(self, finding: Finding) -> None:
        """Collect an alert; what was found of it before is replaced."""
        key = finding.key, finding.rule
        before = self._found.get(key)
        if before is not None and finding.data is None:
            finding = replace(finding, data=before.data, context=before.context)
        self._found[key] = finding
        if self._cancel is None:
            job = HassJob(self._run, "Bleemeo alerts together", cancel_on_shutdown=True)
            self._cancel = async_call_later(self._hass, self._time, job)

    @callback
    def close(self) -> None:
        """Drop what was collected; as it was not told, it is found again."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _run(self, _: datetime) -> None:
        self._cancel = None
        found, self._found = list(self._found.values()), {}
        self._end(found)


def data_of_one(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run about one alert is given, by the names of one about many."""
    return _bundle([data], Counter([data["status"]]), [data["host"]])


def data_of_all(
    hass: HomeAssistant,
    found: list[Finding],
    *,
    as_now: bool,
    is_reminder: bool = False,
) -> dict[str, Any]:
    """Return what a run is given that tells one or several alerts, the worst first.

    They come in that order. At most `MAX_ALERTS` are described, `as_now` or as they
    changed. The first of them is also there as if alone. If it `is_reminder`, each says
    the how manieth of it this is.
    """
    return _bundle(
        [
            {
                **describe(hass, each, as_now),
                **({"reminder": each.told.count} if is_reminder else {}),
            }
            for each in found[:MAX_ALERTS]
        ],
        Counter(_status(each, as_now) for each in found),
        [each.metric.agent.name for each in found],
    )


def _bundle(
    alerts: list[Mapping[str, Any]], counts: Counter[str], hosts: list[str]
) -> dict[str, Any]:
    return {
        **alerts[0],
        "alerts": [_shorten(alert) for alert in alerts],
        "count": counts.total(),
        "worst": max(counts, key=_SEVERITIES.__getitem__),
        "severities": {word: counts[word] for word in _SEVERITIES},
        "hosts": list(dict.fromkeys(hosts))[:MAX_ALERTS],
    }


def _shorten(alert: Mapping[str, Any]) -> dict[str, Any]:
    """Return an alert without what would make many of them too much for a template."""
    text = alert["text"]
    return {**alert, "text": text and text[:MAX_TEXT_LENGTH]}


def describe(hass: HomeAssistant, finding: Finding, as_now: bool) -> Mapping[str, Any]:
    """Return an alert, as it is now or as it changed, with the change if there is one."""
    told = finding.data
    if told is not None and (finding.is_forgotten or not as_now):
        return told
    judgement = Judgement(Verdict.CHANGED, finding.metric)
    data = change_data(hass, finding.hub.entry, judgement)
    if told is not None:
        data |= {key: told[key] for key in _OF_THE_CHANGE if key in told}
    return data


def rank(finding: Finding, as_now: bool) -> tuple[int, datetime]:
    """Rank the worst first, and of those the longest open."""
    last = finding.metric.timeline.last
    began_at = last.began_at if last else finding.metric.received_at
    return -_SEVERITIES[_status(finding, as_now)], began_at


def _status(finding: Finding, as_now: bool) -> str:
    if finding.data is not None and not as_now:
        return str(finding.data["status"])
    return finding.metric.alert.status.word
