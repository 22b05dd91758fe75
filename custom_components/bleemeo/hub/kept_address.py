"""The address of an entry, written down until Home Assistant has it on disk."""

from collections.abc import Mapping
from contextlib import suppress
import json

from homeassistant.core import callback

from ..journal import Note
from .store import AlertStore

_ADDRESS = "address"


class KeptAddress:
    """Keeps the last address that an entry was given.

    Home Assistant writes entries later, and tells nobody if it cannot. `value` is the
    webhook id, and whether it is a cloudhook's.
    """

    def __init__(self, store: AlertStore) -> None:
        """Start without an address."""
        self._store = store
        self.value: tuple[str, bool] | None = None

    def restore(self, notes: Mapping[str, str]) -> None:
        """Restore what the journal kept."""
        with suppress(ValueError, TypeError):
            webhook_id, is_cloudhook = json.loads(notes.get(_ADDRESS, ""))
            self.value = webhook_id, is_cloudhook

    async def async_keep(self, webhook_id: str, is_cloudhook: bool) -> None:
        """Write down an address; it is on disk on return.

        Raises:
            JournalError: it is not on disk.
        """
        address = json.dumps([webhook_id, is_cloudhook])
        await self._store.async_keep(Note(_ADDRESS, address))

    @callback
    def async_let_go(self) -> None:
        """Keep the address no longer: it is a secret that Home Assistant keeps now."""
        self.value = None
        self._store.async_keep_later(Note(_ADDRESS, ""))
