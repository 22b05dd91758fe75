"""The hub: joins the core and the journal to Home Assistant.

`BleemeoHub` takes every alert of an entry: it judges it on the board, announces it to
entities and the bus, and keeps it in the journal. `Trouble` tells the user what is wrong,
`address` manages the address that Bleemeo posts to. Nothing here imports the API or the
platforms, which import the hub.
"""

from . import address
from .account import async_entry_of, async_pin
from .device import account_device_info, agent_device_info
from .event_data import Announcement, alert_data, change_data
from .hold import async_get_hold
from .hub import BleemeoHub, HubNotReady, Lifecycle, Subject
from .store import journal_path
from .troubles import (
    ACCOUNT_MISMATCH,
    AGENT_REPLACED,
    API_AWAY,
    API_TROUBLES,
    API_UNUSABLE,
    OLD_ADDRESS_USED,
    TROUBLES,
    Trouble,
    async_find_address_trouble,
)

__all__ = [
    "ACCOUNT_MISMATCH",
    "AGENT_REPLACED",
    "API_AWAY",
    "API_TROUBLES",
    "API_UNUSABLE",
    "OLD_ADDRESS_USED",
    "TROUBLES",
    "Announcement",
    "BleemeoHub",
    "HubNotReady",
    "Lifecycle",
    "Subject",
    "Trouble",
    "account_device_info",
    "address",
    "agent_device_info",
    "alert_data",
    "async_entry_of",
    "async_find_address_trouble",
    "async_get_hold",
    "async_pin",
    "change_data",
    "journal_path",
]
