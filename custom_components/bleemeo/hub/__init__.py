"""The hub: joins the core and the journal to Home Assistant.

`BleemeoHub` takes every alert of an entry: it judges it on the board, announces it to
entities and the bus, and keeps it in the journal. `Trouble` tells the user what is wrong,
`address` manages the address that Bleemeo posts to. Nothing here imports the API or the
platforms, which import the hub.
"""

from . import address, recording
from .account import async_entry_of, async_pin
from .acknowledgement import acknowledgement_data
from .announcer import MakeContext, caused_by
from .device import (
    SUBJECT_ENTITIES,
    account_device_info,
    agent_device_info,
    async_find_places,
    async_get_status_entity_id,
)
from .due import DueTimer
from .event_data import (
    Announcement,
    alert_data,
    attention_data,
    change_data,
    incident_data,
)
from .hold import async_get_hold
from .hub import BleemeoHub, HubNotReady, Lifecycle, Subject
from .news import SIGNAL_NEWS, SIGNAL_READY, News
from .proof import Outcome, Proof, async_answer_to, async_prove
from .reach import is_reached
from .runs import RUN_MARGIN
from .service import metric_device_info
from .silence import MAX_SILENCES, TooManySilences
from .silence_data import silence_data, silenced_data
from .store import journal_path
from .troubles import (
    ACCOUNT_MISMATCH,
    AGENT_REPLACED,
    API_AWAY,
    API_FAILING,
    API_LIST_DOUBTFUL,
    API_TOKEN_NOT_KEPT,
    API_TROUBLES,
    API_UNUSABLE,
    BOUNDS_REACHED,
    CLOUDHOOK_DELETED,
    CLOUDHOOK_LOST,
    OLD_ADDRESS_USED,
    PLAIN_HTTP,
    TROUBLES,
    Trouble,
    async_find_address_trouble,
)
from .turn import Turn
from .watchdog import default_watchdog_days

__all__ = [
    "ACCOUNT_MISMATCH",
    "AGENT_REPLACED",
    "API_AWAY",
    "API_FAILING",
    "API_LIST_DOUBTFUL",
    "API_TOKEN_NOT_KEPT",
    "API_TROUBLES",
    "API_UNUSABLE",
    "BOUNDS_REACHED",
    "CLOUDHOOK_DELETED",
    "CLOUDHOOK_LOST",
    "MAX_SILENCES",
    "OLD_ADDRESS_USED",
    "PLAIN_HTTP",
    "RUN_MARGIN",
    "SIGNAL_NEWS",
    "SIGNAL_READY",
    "SUBJECT_ENTITIES",
    "TROUBLES",
    "Announcement",
    "BleemeoHub",
    "DueTimer",
    "HubNotReady",
    "Lifecycle",
    "MakeContext",
    "News",
    "Outcome",
    "Proof",
    "Subject",
    "TooManySilences",
    "Trouble",
    "Turn",
    "account_device_info",
    "acknowledgement_data",
    "address",
    "agent_device_info",
    "alert_data",
    "async_answer_to",
    "async_entry_of",
    "async_find_address_trouble",
    "async_find_places",
    "async_get_hold",
    "async_get_status_entity_id",
    "async_pin",
    "async_prove",
    "attention_data",
    "caused_by",
    "change_data",
    "default_watchdog_days",
    "incident_data",
    "is_reached",
    "journal_path",
    "metric_device_info",
    "recording",
    "silence_data",
    "silenced_data",
]
