"""What triggers and conditions share: their options, and how each thing is told once."""

from .alert_trigger import AlertTrigger, Run
from .collection import Collection, data_of_all, data_of_one, rank
from .criteria import (
    CONF_LANGUAGE,
    CONF_SEVERITY,
    CONF_TOGETHER,
    LANGUAGE_FIELD,
    SEVERITIES,
    SEVERITY_FIELD,
    TOGETHER_FIELD,
    for_field,
    include_fields,
    included,
    schema,
    time_period,
    wanted,
    words_field,
)
from .follow import Finding, Follower
from .notices import OVER, Notices
from .seen import CONF_CHANGES, AlertAcknowledgedTrigger
from .wording import Wording

__all__ = [
    "CONF_CHANGES",
    "CONF_LANGUAGE",
    "CONF_SEVERITY",
    "CONF_TOGETHER",
    "LANGUAGE_FIELD",
    "OVER",
    "SEVERITIES",
    "SEVERITY_FIELD",
    "TOGETHER_FIELD",
    "AlertAcknowledgedTrigger",
    "AlertTrigger",
    "Collection",
    "Finding",
    "Follower",
    "Notices",
    "Run",
    "Wording",
    "data_of_all",
    "data_of_one",
    "for_field",
    "include_fields",
    "included",
    "rank",
    "schema",
    "time_period",
    "wanted",
    "words_field",
]
