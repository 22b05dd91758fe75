"""The journal: what must outlive Home Assistant, in one SQLite file per entry.

`Journal` writes records and reads them back; `Delivery`, `MetricRecord`, `Forgotten` and
`Alive` are the records. Nothing here imports Home Assistant.
"""

from .file import remove_journal
from .journal import Journal, JournalError
from .record import (
    REFUSED,
    REJECTED_DELIVERIES,
    UNSEEN_CHANGES,
    Alive,
    Delivery,
    DeliveryQuery,
    Forgotten,
    JournalContents,
    MetricRecord,
    Record,
)
from .schema import JournalTooNew

__all__ = [
    "REFUSED",
    "REJECTED_DELIVERIES",
    "UNSEEN_CHANGES",
    "Alive",
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
