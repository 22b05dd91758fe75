"""What triggers and conditions share: their options, and how each thing is told once."""

from .collection import Collection, data_of_all, data_of_one
from .criteria import (
    CONF_SEVERITY,
    CONF_TOGETHER,
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
from .scope import Scope

__all__ = [
    "CONF_SEVERITY",
    "CONF_TOGETHER",
    "SEVERITIES",
    "SEVERITY_FIELD",
    "TOGETHER_FIELD",
    "Collection",
    "Finding",
    "Follower",
    "Scope",
    "data_of_all",
    "data_of_one",
    "for_field",
    "include_fields",
    "included",
    "schema",
    "time_period",
    "wanted",
    "words_field",
]
