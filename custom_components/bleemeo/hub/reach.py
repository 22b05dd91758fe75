"""Check whether Bleemeo can reach an entry, and report doubts until it does.

An alert that arrived proves more than any setting: behind a reverse proxy, Home
Assistant may not know the address at which it is reached.
"""

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started

from ..const import EVENT_ALERT
from ..core import Board, Source
from .address import base_url, is_cloudhook
from .troubles import ADDRESS_TROUBLES, Trouble, async_find_address_trouble


@callback
def async_watch(hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
    """Report what is wrong with the address of an entry while it is loaded.

    Start once Home Assistant has started, to give the cloud time to connect.
    """
    watch = _Watch(hass, entry, board)
    entry.async_on_unload(async_at_started(hass, watch.start))
    entry.async_on_unload(watch.stop)


def is_reached(board: Board) -> bool:
    """Return whether Bleemeo has reached an entry, so that alerts are on its board."""
    return any(
        metric.alert.source is Source.WEBHOOK for metric in board.metrics.values()
    )


class _Watch:
    """Checks again whenever something may have changed."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
        self._hass = hass
        self._entry = entry
        self._board = board
        self._cancels: list[CALLBACK_TYPE] = []
        self._cancel_alerts: CALLBACK_TYPE | None = None

    @callback
    def start(self, _: HomeAssistant) -> None:
        """Check now, and listen for what may change the result."""
        hass = self._hass
        self._cancels += [
            hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._look),
            async_dispatcher_connect(
                hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._follow_entry
            ),
        ]
        if "cloud" in hass.config.components:
            # this imports the cloud's own requirements, which are installed by then
            from homeassistant.components import cloud  # noqa: PLC0415

            self._cancels += [
                cloud.async_listen_connection_change(hass, self._look),
                cloud.async_listen_cloudhook_change(hass, "", self._look),
            ]
        self._look()

    @callback
    def stop(self) -> None:
        """Stop checking; what was reported stays until the next check."""
        for cancel in self._cancels:
            cancel()
        self._cancels = []
        self._await_alert(None)

    @callback
    def _look(self, *_: object) -> None:
        found = async_find_address_trouble(
            self._hass,
            self._entry,
            is_cloudhook=is_cloudhook(self._hass, self._entry),
        )
        if found and found.is_disproved_by_alert and is_reached(self._board):
            found = None
        for trouble in ADDRESS_TROUBLES:
            if trouble is not found:
                trouble.async_settle(self._hass, self._entry)
        if found:
            found.async_report(self._hass, self._entry, base_url=base_url(self._hass))
        self._await_alert(found)

    def _await_alert(self, told: Trouble | None) -> None:
        """Listen for alerts only while one would disprove what is reported."""
        is_awaited = told is not None and told.is_disproved_by_alert
        if is_awaited and self._cancel_alerts is None:
            self._cancel_alerts = self._hass.bus.async_listen(
                EVENT_ALERT, self._handle_alert
            )
        elif not is_awaited and self._cancel_alerts is not None:
            self._cancel_alerts()
            self._cancel_alerts = None

    @callback
    def _handle_alert(self, event: Event) -> None:
        if event.data["entry_id"] == self._entry.entry_id:
            self._look()

    @callback
    def _follow_entry(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Check again when the entry gets a new address or name."""
        if entry is self._entry and change is ConfigEntryChange.UPDATED:
            self._look()
