"""What a user would write by hand: a webhook automation, and templates per metric."""

from typing import Any

from .alerts import STATUS_TEXTS, Account

WEBHOOK_ID = "handwritten"
EVENT = "handwritten_alert"

_FIELDS = ("agent", "metric", "status", "title", "text", "status_changed_at")
_WORDS = [text.lower() for text in STATUS_TEXTS]


def configuration(account: Account) -> dict[str, Any]:
    """Return the sections of `configuration.yaml`."""
    return {
        "automation": [
            {
                "id": "handwritten",
                "alias": "Handwritten",
                "mode": "queued",
                "max": 100,
                "triggers": [
                    {
                        "trigger": "webhook",
                        "webhook_id": WEBHOOK_ID,
                        "allowed_methods": ["POST"],
                        "local_only": False,
                    }
                ],
                "actions": [
                    {
                        "event": EVENT,
                        "event_data": {
                            name: f"{{{{ trigger.json.{name} }}}}" for name in _FIELDS
                        },
                    }
                ],
            }
        ],
        "template": [_entities(metric_id) for metric_id in account.metric_ids],
    }


def _entities(metric_id: str) -> dict[str, Any]:
    alert = "trigger.event.data"
    return {
        "triggers": [
            {
                "trigger": "event",
                "event_type": EVENT,
                "event_data": {"metric": metric_id},
            }
        ],
        "sensor": [
            {
                "name": f"Handwritten {metric_id[:8]} status",
                "unique_id": f"{metric_id}_status",
                "state": f"{{{{ {_WORDS}[{alert}.status] }}}}",
                "attributes": {
                    name: f"{{{{ {alert}.{name} }}}}"
                    for name in ("title", "text", "status_changed_at")
                },
            }
        ],
        "binary_sensor": [
            {
                "name": f"Handwritten {metric_id[:8]}",
                "unique_id": f"{metric_id}_problem",
                "device_class": "problem",
                "state": f"{{{{ {alert}.status in (1, 2) }}}}",
            }
        ],
    }
