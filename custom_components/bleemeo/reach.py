"""Whether Bleemeo reaches an entry: the person is told of doubts until it does.

An alert that arrived says more than any setting: behind a reverse proxy Home Assistant
need not know under which address it is reached.
"""

from typing import TYPE_CHECKING

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started

from .address import Concern, base_url, find_entry_concern
from .alert import Source
from .const import EVENT_ALERT
from .repairs import Trouble, async_report, async_settle

if TYPE_CHECKING:
    from .hub import BleemeoConfigEntry

# what an alert that arrived has disproved
_DISPROVABLE = (Concern.NO_EXTERNAL_URL, Concern.PRIVATE_ADDRESS)


@callback
def async_watch(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Tell of what is wrong with the address of a loaded entry while it is so.

    It begins when Home Assistant has started, for the cloud takes until then.
    """
    watch = _Watch(hass, entry)
    entry.async_on_unload(async_at_started(hass, watch.start))
    entry.async_on_unload(watch.stop)


class _Watch:
    """Looks anew whenever something may have changed."""

    def __init__(self, hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._cancels: list[CALLBACK_TYPE] = []
        self._cancel_alerts: CALLBACK_TYPE | None = None

    @callback
    def start(self, _: HomeAssistant) -> None:
        """Look now, and listen for what may change the picture."""
        hass = self._hass
        self._cancels += [
            hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._look),
            async_dispatcher_connect(
                hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._follow_entry
            ),
        ]
        if "cloud" in hass.config.components:
            # its requirements are there where it is set up
            from homeassistant.components import cloud  # noqa: PLC0415

            self._cancels.append(cloud.async_listen_connection_change(hass, self._look))
        self._look()

    @callback
    def stop(self) -> None:
        """Look no more; what was told stands until it is looked at again."""
        for cancel in self._cancels:
            cancel()
        self._cancels = []
        self._await_alert(False)

    @callback
    def _look(self, *_: object) -> None:
        concern = find_entry_concern(self._hass, self._entry)
        if concern in _DISPROVABLE and self._is_reached():
            concern = None
        others = [Trouble(other) for other in Concern if other is not concern]
        async_settle(self._hass, self._entry, *others)
        if concern is not None:
            async_report(
                self._hass,
                self._entry,
                Trouble(concern),
                base_url=base_url(self._hass),
            )
        self._await_alert(concern in _DISPROVABLE)

    def _is_reached(self) -> bool:
        return any(
            metric.alert.source is Source.WEBHOOK
            for metric in self._entry.runtime_data.board.metrics.values()
        )

    def _await_alert(self, is_awaited: bool) -> None:
        """Listen for alerts only while one would change something."""
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
        """Look at the address that the entry has been given, or at its new name."""
        if entry is self._entry and change is ConfigEntryChange.UPDATED:
            self._look()
