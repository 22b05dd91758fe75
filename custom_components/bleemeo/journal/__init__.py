"""The journal: what must outlive Home Assistant, in one SQLite file per entry.

`Journal` writes records and reads them back; `Delivery`, `MetricRecord` and `Forgotten`
are the records. Nothing here imports Home Assistant.
"""

from .file import remove_journal
from .journal import Journal, JournalError
from .record import (
    PARTLY_READ_DELIVERIES,
    REFUSED,
    REJECTED_DELIVERIES,
    UNSEEN_CHANGES,
    Delivery,
    DeliveryQuery,
    Forgotten,
    JournalContents,
    MetricRecord,
    Record,
)
from .schema import JournalTooNew

__all__ = [
    "PARTLY_READ_DELIVERIES",
    "REFUSED",
    "REJECTED_DELIVERIES",
    "UNSEEN_CHANGES",
    "Delivery",
    "DeliveryQuery",
    "Forgotten",
    "Journal",
    "JournalContents",
    "JournalError",
    "JournalTooNew",
    "MetricRecord",
    "Record",
    "remove_journal",
]
