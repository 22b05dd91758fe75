"""The options that triggers and conditions share, and what they mean."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import voluptuous as vol

from homeassistant.const import CONF_FOR, CONF_OPTIONS, CONF_TARGET
from homeassistant.helpers import config_validation as cv

from ..core import OPEN, Reason, Status, Wanted
from ..texts import HOUSE, LANGUAGES

CONF_LANGUAGE = "language"
CONF_SEVERITY = "severity"
CONF_TOGETHER = "together"

SEVERITIES = [status.word for status in Status if status is not Status.OK]
MAX_TIME = timedelta(days=365)

# an option takes what a person knows already into account, and is off
_INCLUDES = {
    "include_acknowledged": Reason.ACKNOWLEDGED,
    "include_dependent": Reason.DEPENDENT,
    "include_flapping": Reason.FLAPPING,
    "include_silenced": Reason.SILENCED,
}

type Fields = dict[vol.Marker, Any]

time_period = vol.All(cv.positive_time_period, vol.Range(max=MAX_TIME))

TOGETHER_FIELD: Fields = {vol.Required(CONF_TOGETHER, default=timedelta()): time_period}
LANGUAGE_FIELD: Fields = {vol.Required(CONF_LANGUAGE, default=HOUSE): vol.In(LANGUAGES)}


def for_field(default: timedelta = timedelta()) -> Fields:
    """Return the option of how long an alert must last."""
    return {vol.Required(CONF_FOR, default=default): time_period}


def words_field(key: str, words: list[str], default: list[str] | None = None) -> Fields:
    """Return an option that is some of these words, and all of them by default."""
    one = vol.Length(min=1, msg="choose at least one")
    some = vol.All(cv.ensure_list, one, [vol.In(words)])
    return {vol.Required(key, default=default or words): some}


def include_fields(*, default: bool = False) -> Fields:
    """Return the options that include what something keeps quiet."""
    return {vol.Required(key, default=default): cv.boolean for key in _INCLUDES}


SEVERITY_FIELD = words_field(CONF_SEVERITY, SEVERITIES)


def schema(*fields: Fields) -> vol.Schema:
    """Return the schema of a trigger or condition with a target and these options."""
    options = {marker: value for field in fields for marker, value in field.items()}
    return vol.Schema(
        {
            vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Required(CONF_OPTIONS, default={}): options,
        }
    )


def included(options: Mapping[str, Any]) -> frozenset[Reason]:
    """Return what may keep an alert quiet and is told all the same."""
    return frozenset(reason for key, reason in _INCLUDES.items() if options.get(key))


def wanted(options: Mapping[str, Any]) -> Wanted:
    """Return which alerts the options ask for."""
    words = options[CONF_SEVERITY]
    return Wanted(
        frozenset(status for status in OPEN if status.word in words),
        options.get(CONF_FOR, timedelta()),
        included(options),
        options.get(CONF_TOGETHER, timedelta()),
    )
