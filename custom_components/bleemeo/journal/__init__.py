"""The journal: what must outlive Home Assistant, in one SQLite file per entry.

`Journal` writes records and reads them back; `Delivery`, `MetricRecord`, `Forgotten` and
`Alive` are the records. Nothing here imports Home Assistant.
"""

from .journal import Journal, JournalError
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
)
from .replacement import remove_journal
from .schema import JournalTooNew

__all__ = [
    "BEYOND_BOUNDS",
    "PARTLY_READ_DELIVERIES",
    "REFUSED",
    "REJECTED_DELIVERIES",
    "UNSEEN_CHANGES",
    "Alive",
    "Count",
    "Delivery",
    "DeliveryQuery",
    "Forgotten",
    "Journal",
    "JournalContents",
    "JournalError",
    "JournalTooNew",
    "MetricRecord",
    "Note",
    "Record",
    "Renewal",
    "Snapshot",
    "remove_journal",
]
