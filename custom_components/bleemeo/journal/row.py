"""The rows of `record.sql` that records become."""

from typing import Final

from ..core import Silence, Source, microseconds
from .incident import incidents_text
from .record import (
    NOT_TAKEN,
    Alive,
    Count,
    Delivery,
    Forgotten,
    MetricRecord,
    Note,
    Record,
    Unsilenced,
)
from .text import (
    acknowledgement_text,
    course_text,
    encode,
    history_text,
    names_text,
    silence_text,
    stamp,
    untold_text,
)

MAX_REFUSED_BODY_LENGTH = 2000
MAX_PAYLOAD_LENGTH = 8192

# the columns of `record.sql` that a record leaves empty: a delivery's, and a metric's
_NO_DELIVERY: Final = (None,) * 12
_NO_METRIC: Final = (None,) * 12

type Row = tuple[str | bool | int | None, ...]


def row_of(record: Record) -> Row:
    """Return the record as a row of the view in `record.sql`."""
    match record:
        case Delivery():
            metric = record.metric
            return _delivery_columns(record) + (
                _metric_columns(metric, _payload_of(record)) if metric else _NO_METRIC
            )
        case MetricRecord():
            return _NO_DELIVERY + _metric_columns(record)
        case Forgotten(key, at):
            ended = None if at is None else microseconds(at)
            return _action("forget", key[0], key[1] or "", ended)
        case Alive():
            action = "alive" if record.has_started else "starting"
            return _action(action, None, None, stamp(record.at))
        case Note(name, value):
            return _action("note", name, value)
        case Count(name, value):
            return _action("count", name, value)
        case Silence():
            return _action("silence", record.id, silence_text(record))
        case Unsilenced():
            return _action("unsilence", record.id)


def _action(*columns: str | int | None) -> Row:
    """Return the row of a record that is no delivery, and has only the first columns."""
    return _NO_DELIVERY + columns + _NO_METRIC[len(columns) :]


def _delivery_columns(delivery: Delivery) -> Row:
    alert, body = delivery.alert, delivery.body
    is_refused = delivery.verdict in NOT_TAKEN
    return (
        stamp(delivery.received_at),
        delivery.source,
        delivery.verdict,
        delivery.reason,
        delivery.host,
        alert.title if alert else None,
        alert.agent_id if alert else None,
        alert.metric_id or "" if alert else None,
        body[:MAX_REFUSED_BODY_LENGTH] if is_refused else body,
        is_refused,
        delivery.unseen_changes,
        encode(alert.left_out) if alert and alert.left_out else None,
    )


def _payload_of(delivery: Delivery) -> str | None:
    """Return the body if it is that of the metric's last alert, whole and not too large.

    The alert is read from it again after a restart, and it is encoded already.
    """
    is_last = delivery.metric and delivery.metric.alert is delivery.alert
    if delivery.alert and delivery.alert.left_out:
        return None
    if delivery.source is Source.API or len(delivery.body) > MAX_PAYLOAD_LENGTH:
        # the API's body is not that of an alert
        return None
    return delivery.body if is_last else None


def _metric_columns(metric: MetricRecord, payload: str | None = None) -> Row:
    alert, acknowledgement = metric.alert, metric.acknowledgement
    return (
        "keep",
        alert.agent_id,
        alert.metric_id or "",
        stamp(metric.received_at),
        alert.source,
        payload or encode(alert.to_payload()),
        acknowledgement_text(acknowledgement) if acknowledgement else None,
        names_text(metric.names) if metric.names else None,
        history_text(metric.history),
        untold_text(metric.untold) if metric.untold else None,
        course_text(metric.course) if metric.course else None,
        incidents_text(
            metric.incidents,
            metric.incidents_from,
            metric.acknowledgements,
            metric.host,
            metric.name,
        )
        if metric.incidents_from
        else None,
    )
