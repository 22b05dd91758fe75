"""The journal: what must outlive Home Assistant, in one SQLite file per entry.

`Journal` writes records and reads them back: `Delivery`, `MetricRecord`, `Forgotten`,
core's `Silence`, `Unsilenced`, `Alive`, `Note` and `Count`. Nothing here imports Home
Assistant.
"""

from .incident import MAX_AGE as MAX_INCIDENT_AGE, IncidentQuery, KeptIncident
from .journal import Journal
from .record import (
    BEYOND_BOUNDS,
    PARTLY_READ_DELIVERIES,
    REFUSED,
    REJECTED_DELIVERIES,
    UNSEEN_CHANGES,
    Alive,
    Count,
    Delivery,
    DeliveryQuery,
    Forgotten,
    JournalContents,
    MetricRecord,
    Note,
    Record,
    Renewal,
    Snapshot,
    Unsilenced,
)
from .replacement import remove_journal
from .schema import JournalTooNew
from .text import read_stamp
from .thread import JournalError

__all__ = [
    "BEYOND_BOUNDS",
    "MAX_INCIDENT_AGE",
    "PARTLY_READ_DELIVERIES",
    "REFUSED",
    "REJECTED_DELIVERIES",
    "UNSEEN_CHANGES",
    "Alive",
    "Count",
    "Delivery",
    "DeliveryQuery",
    "Forgotten",
    "IncidentQuery",
    "Journal",
    "JournalContents",
    "JournalError",
    "JournalTooNew",
    "KeptIncident",
    "MetricRecord",
    "Note",
    "Record",
    "Renewal",
    "Snapshot",
    "Unsilenced",
    "read_stamp",
    "remove_journal",
]
