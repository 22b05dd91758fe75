"""Follow all alerts for one trigger: what it has told, and what it is to tell now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    CoreState,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..core import NOTHING, AlertRecord, Change, Metric, Rule, Told
from ..hub import RUN_MARGIN, SIGNAL_NEWS, SIGNAL_READY, BleemeoHub, Lifecycle, News
from ..models import BleemeoConfigEntry
from .memory import Key, hand_over, take_over
from .waiting import DueQueue

_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """An alert that is to be told by a rule, and what will have been told of it then.

    `data` and `context` are those of the change that makes it so, if it is one. It
    `is_late` if it came due before it could be found.
    """

    hub: BleemeoHub
    metric: Metric
    told: Told = NOTHING
    data: Mapping[str, Any] | None = None
    context: Context | None = None
    rule: Rule | None = None
    is_late: bool = False

    @property
    def key(self) -> Key:
        """Identify the metric among those of all entries."""
        return self.hub.uid, self.metric.alert.key

    @property
    def is_forgotten(self) -> bool:
        """Whether the metric is no longer there."""
        return self.data is not None and self.data["change"] == Change.FORGOTTEN


_FOLLOWERS: HassKey[list[Follower]] = HassKey(f"{DOMAIN}_followers")


class Follower:
    """Looks at an alert whenever something about it is new, or when it is due."""

    def __init__(
        self,
        hass: HomeAssistant,
        rule: Rule,
        name: str,
        offer: Callable[[Finding], None],
    ) -> None:
        """Prepare to follow; `offer` is called with what is to be told.

        Triggers with the same `name` take each other's place: what came due while an
        automation was saved is told once.
        """
        self._hass = hass
        self._rule = rule
        self.name = name
        self._offer = offer
        self._queue = DueQueue[Key](hass, self._handle_due)
        self._memory = take_over(hass, name)
        # until when all was told before Home Assistant started, until there is a run
        self._was_told_until: dict[str, datetime] = {}
        # the entries of which it collects what waits
        self._collects: set[str] = set()

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Follow until the returned callback is called."""
        followers = self._hass.data.setdefault(_FOLLOWERS, [])
        followers.append(self)
        cancels = [
            async_dispatcher_connect(self._hass, SIGNAL_NEWS, self._handle_news),
            async_dispatcher_connect(self._hass, SIGNAL_READY, self._handle_ready),
            # what came while Home Assistant was starting is announced first
            async_at_started(self._hass, self._begin),
        ]

        @callback
        def stop() -> None:
            """Stop following."""
            followers.remove(self)
            for cancel in cancels:
                cancel()
            self._queue.close()
            hand_over(self._hass, self.name, self._memory)

        return stop

    @callback
    def note(self, finding: Finding) -> None:
        """Note that it was told."""
        if not finding.is_forgotten:
            self._memory.told[finding.key] = finding.told

    @callback
    def wait(self, finding: Finding) -> None:
        """Note that a finding waits for others, and on disk if it does so anew.

        It may then wait for longer than any other does.
        """
        hub, waits = finding.hub, self._memory.waits
        is_anew = hub.uid in waits and hub.uid not in self._collects
        self._collects.add(hub.uid)
        until = waits.setdefault(hub.uid, hub.now() - RUN_MARGIN)
        if finding.is_late and hub.uid in self._was_told_until:
            until = waits[hub.uid] = min(until, self._was_told_until.pop(hub.uid))
            is_anew = True
        if is_anew:
            hub.runs.async_hold(self.name, until)

    def told_until(self, hub: BleemeoHub) -> datetime | None:
        """Return until when all of an entry was told, or None if nothing of it waits."""
        return self._memory.waits.get(hub.uid)

    @callback
    def note_run(self, hubs: Iterable[BleemeoHub]) -> None:
        """Note that nothing waits any more, on disk too for the entries of what did."""
        self._collects.clear()
        self._was_told_until.clear()
        self._memory.waits.clear()
        self._memory.has_run = True
        for hub in hubs:
            if self._ready_hub(hub.uid) is not hub:
                # what waited is found anew once it is loaded again
                continue
            # an automation with the same trigger may be about to run, or wait anew
            others = [
                until
                for each in self._hass.data[_FOLLOWERS]
                if each.name == self.name and (until := each.told_until(hub))
            ]
            if others:
                hub.runs.async_hold(self.name, min(others))
            else:
                hub.runs.async_note(self.name, hub.now())

    def find_again(self, finding: Finding) -> Finding | None:
        """Return what is to be told of a metric that waited to be told, if it still is."""
        if finding.is_forgotten:
            return finding
        hub, metric = finding.hub, finding.metric
        if self._ready_hub(hub.uid) is not hub or not hub.board.has(metric):
            # what is there once its entry is loaded again, or it came back, is found anew
            return None
        outlook = self._rule.look(
            AlertRecord.of(metric), self._memory.told[finding.key], hub.now()
        )
        if outlook.tells is None:
            return None
        return Finding(
            hub, metric, outlook.tells, finding.data, finding.context, self._rule
        )

    @callback
    def _begin(self, _: HomeAssistant) -> None:
        """Look at all that is known."""
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            self._handle_ready(entry.entry_id)

    @callback
    def _handle_ready(self, entry_id: str) -> None:
        """Look at all metrics of an entry that was loaded."""
        hub = self._ready_hub(entry_id)
        if hub is None or self._hass.state is not CoreState.running:
            return
        metrics = hub.board.metrics
        for key in list(self._memory.told):
            if key[0] == entry_id and key[1] not in metrics:
                self._forget(key)
        for metric in list(metrics.values()):
            # what is untold of it comes as news
            if not metric.untold:
                self._learn(hub, metric, None)
                record = AlertRecord.of(metric)
                self._look(hub, metric, record, hub.now(), is_late=True)

    @callback
    def _handle_news(self, news: News) -> None:
        """Look at the alert that the news is about."""
        hub, metric = self._hub(news.entry_id), news.metric
        if hub is None:
            return
        key = news.entry_id, metric.alert.key
        record, now = AlertRecord.of(metric), hub.now()
        if metric.untold:
            if news.data is None:
                return
            if news.at is not None:
                record, now = record.through(news.at), news.at
        self._learn(hub, metric, news)
        if news.data is not None and news.data["change"] == Change.FORGOTTEN:
            ends = self._rule.ends(self._memory.told[key])
            self._forget(key)
            if ends:
                self._offer(
                    Finding(hub, metric, NOTHING, news.data, news.context, self._rule)
                )
            return
        self._look(hub, metric, record, now, news, is_late=news.at is not None)
        if metric.untold:
            # so it was then; once all is told, look at it as it is now
            self._queue.set(key, hub.now())

    @callback
    def _handle_due(self, keys: list[Key]) -> None:
        """Look at the alerts whose time has come."""
        for entry_id, metric_key in keys:
            hub = self._ready_hub(entry_id)
            # an entry that is not loaded is looked at once it is, or at the next start
            if hub and (metric := hub.board.metrics.get(metric_key)):
                self._look(hub, metric, AlertRecord.of(metric), hub.now())

    def _learn(self, hub: BleemeoHub, metric: Metric, news: News | None) -> None:
        """Work out what was told of a metric before, unless that is known."""
        key = hub.uid, metric.alert.key
        if key in self._memory.told:
            return
        record, alive_at = AlertRecord.of(metric), hub.heartbeat.last_alive_at
        if metric.untold:
            first = metric.untold[0].at
            # an earlier version did not keep when it was
            record = record.before(first or _EARLIEST)
        elif news is not None and news.at is not None:
            record = record.before(news.at)
        known_until = alive_at or hub.now()
        if self._memory.since is not None:
            known_until = max(known_until, self._memory.since)
        # one that begins to be there is told by its own beginning
        run = None if self._memory.since else hub.runs.last(self.name)
        until = self._rule.wanted.told_until(known_until, run)
        self._memory.told[key] = self._rule.told_by(record, until)
        if self._memory.since is None and not self._memory.has_run:
            self._was_told_until.setdefault(hub.uid, until)

    def _look(
        self,
        hub: BleemeoHub,
        metric: Metric,
        record: AlertRecord,
        now: datetime,
        news: News | None = None,
        *,
        is_late: bool = False,
    ) -> None:
        key = hub.uid, metric.alert.key
        outlook = self._rule.look(record, self._memory.told[key], now)
        self._memory.told[key] = outlook.told
        self._queue.set(key, outlook.due)
        if outlook.tells is None:
            return
        data, context = (news.data, news.context) if news else (None, None)
        self._offer(
            Finding(hub, metric, outlook.tells, data, context, self._rule, is_late)
        )

    def _forget(self, key: Key) -> None:
        self._memory.told.pop(key, None)
        self._queue.set(key, None)

    def _hub(self, entry_id: str) -> BleemeoHub | None:
        entry: BleemeoConfigEntry | None
        entry = self._hass.config_entries.async_get_entry(entry_id)
        data = getattr(entry, "runtime_data", None)
        return data.hub if data is not None else None

    def _ready_hub(self, entry_id: str) -> BleemeoHub | None:
        hub = self._hub(entry_id)
        return hub if hub and hub.lifecycle is Lifecycle.READY else None
