"""Find what an action is to act on or to answer about, with errors in words."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN
from ..core import Metric
from ..hub import BleemeoHub
from ..models import loaded_hubs
from ..target import Selected, Subjects, missing
from .call import first_of


def get_subjects(hass: HomeAssistant, target: Mapping[str, Any]) -> Subjects:
    """Return what an action's target stands for.

    Raises:
        ServiceValidationError: it names what does not exist, or what is not ours.
    """
    if unknown := missing(hass, target, with_others=True):
        raise _target_unknown(unknown)
    return Subjects.of_target(hass, target) or Subjects(hass, target)


def find_subjects(
    hass: HomeAssistant, target: Mapping[str, Any]
) -> tuple[Subjects | None, list[str]]:
    """Return what is asked about, None for all, and what of that does not exist.

    Raises:
        ServiceValidationError: none of it exists, or is ours.
    """
    subjects = Subjects.of_target(hass, target)
    if subjects is None:
        return None, []
    unknown = missing(hass, target, with_others=True)
    if unknown and subjects.included == Selected():
        raise _target_unknown(unknown)
    return subjects, sorted(unknown)


def find_metrics(
    hass: HomeAssistant, target: Mapping[str, Any]
) -> list[tuple[BleemeoHub, Metric]]:
    """Return the metrics that an action's target stands for, each with its hub.

    Raises:
        ServiceValidationError: it names what does not exist, or what is not ours, or
            there is no metric of it.
    """
    subjects = get_subjects(hass, target)
    found = [
        (hub, metric)
        for hub in loaded_hubs(hass)
        for metric in hub.board.metrics.values()
        if subjects.cover(hub.uid, metric.alert.key)
    ]
    if not found:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="target_empty"
        )
    return found


def _target_unknown(unknown: set[str]) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="target_unknown",
        translation_placeholders={"unknown": first_of(sorted(unknown))},
    )
