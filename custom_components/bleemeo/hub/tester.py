"""Test alerts: they take the road of all alerts, and go again at their time."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
import json
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..core import Alert, Board, Metric, MetricKey, Received, Source, Status, Verdict
from ..journal import JournalError, MetricRecord, Note, read_stamp
from .announcer import Announcer
from .due import StartedTimer
from .flapping import FlappingWatch
from .store import AlertStore, metric_record

TESTS = "tests"

_NEXT = timedelta(microseconds=1)


class AlertTester:
    """Sends test alerts, about agents of their own or about real metrics.

    A real metric has its last real alert again when the test is over: at its time, or
    just before the next real alert, whichever comes first. What is really open is not
    tested, for a test would hide it.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        announcer: Announcer,
        flapping: FlappingWatch,
        receive: Callable[[Alert, str], Awaitable[Verdict]],
        check_ready: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """Start without tests.

        `receive` takes each alert as any other, and `check_ready` raises if it would not.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._announcer = announcer
        self._flapping = flapping
        self._receive = receive
        self._check_ready = check_ready
        self._now = now
        self._timer = StartedTimer(hass, self._async_clear)
        self._clears: dict[MetricKey, datetime] = {}

    def restore(self, kept: str | None) -> None:
        """Restore what was to be cleared; what came due since is cleared at the start."""
        with suppress(ValueError, TypeError, KeyError):
            for test in json.loads(kept or "[]"):
                key = test["agent"], test["metric"]
                metric = self._board.metrics.get(key)
                if metric is None or not metric.is_test:
                    continue
                self._clears[key] = read_stamp(test["clear_at"])
                if test["alert"] is not None:
                    real = Alert.from_payload(test["alert"], Source(test["source"]))
                    at = test.get("received_at")
                    received_at = read_stamp(at) if at else metric.received_at
                    self._board.tested[key] = Received(real, received_at)

    @callback
    def async_start(self) -> None:
        """Once Home Assistant has started, clear what is due, and then when it is."""
        self._set_timer()
        self._timer.async_start()

    def close(self) -> None:
        """Stop waiting."""
        self._timer.close()

    async def async_send(
        self,
        host: str,
        name: str,
        status: Status,
        text: str,
        clear_at: datetime | None = None,
    ) -> None:
        """Send an alert about a metric of an agent that exists only for tests.

        Raises:
            HubNotReady: it was not taken.
            JournalError: it is shown, but could not be kept.
            ServiceValidationError: there is no room for the agent or the metric.
        """
        agent_id = self._agent_id(host)
        key = str(agent_id), str(uuid5(agent_id, name))
        await self._async_set_end(key, clear_at)
        await self._async_send(key, f"{host} - {name}", status, text)

    def has_made(self, agent_id: str, host: str | None) -> bool:
        """Return whether an agent with a host's name exists only for tests, or did."""
        return agent_id == str(self._agent_id(host))

    def _agent_id(self, host: str | None) -> UUID:
        return uuid5(NAMESPACE_OID, f"{DOMAIN} {self._entry.entry_id} {host}")

    async def async_send_about(
        self, metric: Metric, status: Status, text: str, clear_at: datetime
    ) -> None:
        """Send an alert about a metric that there is.

        Raises:
            HubNotReady: it was not taken.
            JournalError: it is shown, but could not be kept.
            ServiceValidationError: it has a real alert that is open.
        """
        key, subject = metric.alert.key, metric.title.subject
        shown = None
        # another one may come while this is written down
        while shown is not metric.alert:
            self.check_testable([metric])
            shown = metric.alert
            if not metric.is_test:
                self._board.tested[key] = Received(shown, metric.received_at)
            await self._async_set_end(key, clear_at)
        await self._async_send(key, subject, status, text)

    def check_testable(self, metrics: Iterable[Metric]) -> None:
        """Check that a test about the metrics hides nothing.

        Raises:
            ServiceValidationError: one of them has a real alert that is open.
        """
        names = [
            f"{metric.name} ({metric.agent.name})"
            for metric in metrics
            if metric.is_open and not metric.is_test
        ]
        if names:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="test_of_open",
                translation_placeholders={"names": ", ".join(names)},
            )

    @callback
    def end(self, key: MetricKey) -> list[MetricRecord]:
        """Show the real alert again that a test stands in front of.

        Nothing was delivered, so that what is returned is all there is to keep.
        """
        now = self._now()
        self._announcer.async_make_room_for(key)
        judgement = self._board.end_test(key, now)
        self._announcer.async_announce_soon(judgement, while_offline=False)
        self._flapping.follow(judgement.metric, now)
        return [metric_record(each) for each in (judgement.metric, *judgement.quieted)]

    async def _async_set_end(self, key: MetricKey, clear_at: datetime | None) -> None:
        """Write down when a test ends, first: no crash leaves one that never does."""
        if self._clears.pop(key, None) or clear_at:
            if clear_at is not None:
                self._clears[key] = clear_at
            await self._async_keep()

    async def _async_send(
        self, key: MetricKey, subject: str, status: Status, text: str
    ) -> None:
        metric, at = self._board.metrics.get(key), self._now()
        if metric and metric.timeline.steps:
            # the last alert may be dated ahead
            at = max(at, metric.timeline.steps[-1].at + _NEXT)
        now = at.isoformat()
        account_id = str(uuid5(NAMESPACE_OID, self._entry.entry_id))
        payload = {
            "id": str(uuid4()),
            "account": self._entry.unique_id or account_id,
            "agent": key[0],
            "metric": key[1],
            "status": status.value,
            "title": f"{subject} is {status.word} (test)",
            "text": f"{self._mark()}\n{text}".rstrip(),
            "status_changed_at": now,
            "previous_status_changed_at": metric.alert.changed_at.isoformat()
            if metric
            else None,
            "happened_at": now,
            "modified_at": now,
        }
        alert = Alert.from_payload(payload, Source.TEST)
        if await self._receive(alert, json_dumps(payload)) is Verdict.BEYOND_BOUNDS:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_room",
                translation_placeholders={"entry": self._entry.title},
            )

    def _mark(self) -> str:
        """Return the words that mark a text as that of a test."""
        texts = async_get_cached_translations(
            self._hass, self._hass.config.language, "selector", DOMAIN
        )
        return texts[f"component.{DOMAIN}.selector.test_alert.options.mark"]

    def _set_timer(self) -> None:
        self._timer.set(min(self._clears.values(), default=None))

    async def _async_keep(self) -> None:
        """Write down what is to be cleared, and wait for what is due first."""
        self._set_timer()
        kept = []
        for key, clear_at in self._clears.items():
            real = self._board.tested.get(key)
            kept.append(
                {
                    "agent": key[0],
                    "metric": key[1],
                    "clear_at": clear_at.isoformat(),
                    "alert": real and real.alert.to_payload(),
                    "source": real and real.alert.source,
                    "received_at": real and real.received_at.isoformat(),
                }
            )
        await self._store.async_keep(Note(TESTS, json.dumps(kept)))

    async def _async_clear(self, now: datetime) -> None:
        """Clear what is due, unless a real alert has done so."""
        due = {key: at for key, at in self._clears.items() if at <= now}
        for key, at in due.items():
            try:
                # what cannot be kept is shown, and the store reports it
                with suppress(JournalError):
                    await self._async_clear_one(key)
            except HomeAssistantError:
                # the entry is being unloaded, and clears it when it is set up again
                return
            # another test may have been sent meanwhile
            if self._clears.get(key) == at:
                del self._clears[key]
        with suppress(JournalError):
            await self._async_keep()

    async def _async_clear_one(self, key: MetricKey) -> None:
        metric = self._board.metrics.get(key)
        if metric is None or not metric.is_test:
            return
        if key in self._board.tested:
            self._check_ready()
            await self._store.async_keep(*self.end(key))
        elif metric.is_open:
            await self._async_send(key, metric.title.subject, Status.OK, "")
