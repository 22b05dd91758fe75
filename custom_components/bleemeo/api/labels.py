"""Labels: the tags that people gave servers in Bleemeo, as labels of their devices.

What a person has labelled stays: only a label that was put on here is taken off again,
and one that a person took off is not put on again while its tag stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)

from ..const import DOMAIN, MANUFACTURER

_ICON: Final = "mdi:tag"


@dataclass(slots=True)
class Labelled:
    """The labels that were put on devices: by agent and tag the label's id.

    It is empty if the device had the label already. `made` has the ids of the labels
    that did not exist before.
    """

    agents: dict[str, dict[str, str]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def as_stored(self) -> dict[str, Any]:
        """Return what to store."""
        agents = {uid: dict(tags) for uid, tags in self.agents.items()}
        return {"agents": agents, "made": list(self.made)}

    @classmethod
    def from_stored(cls, stored: object) -> Self:
        """Read what `as_stored` returned; begin anew what has another form."""
        match stored:
            case {"agents": dict() as agents, "made": list() as made}:
                return cls(
                    {
                        uid: {tag: each for tag, each in tags.items() if _is_text(each)}
                        for uid, tags in agents.items()
                        if isinstance(tags, dict)
                    },
                    set(filter(_is_text, made)),
                )
        return cls()


@callback
def async_show_labels(
    hass: HomeAssistant,
    entry: ConfigEntry,
    labelled: Labelled,
    tags: Mapping[str, Iterable[str]],
) -> None:
    """Have the labels of these tags, by agent, on the devices, and no others of ours."""
    devices = dr.async_get(hass)
    for agent_id in {**tags, **labelled.agents}:
        device = devices.async_get_device_by_identifier(
            (DOMAIN, agent_id), entry.entry_id
        )
        if device is None:
            # with its labels, it comes back as it was
            continue
        wanted = set(tags.get(agent_id, ()))
        known = labelled.agents.get(agent_id, {})
        labels = device.labels - {
            label_id for tag, label_id in known.items() if tag not in wanted
        }
        kept = {tag: label_id for tag, label_id in known.items() if tag in wanted}
        for tag in sorted(wanted - kept.keys()):
            label_id = _label_of(hass, labelled, tag)
            kept[tag] = "" if label_id in labels else label_id
            labels = labels | {label_id}
        labelled.agents[agent_id] = kept
        if not kept:
            del labelled.agents[agent_id]
        if labels != device.labels:
            devices.async_update_device(device.id, labels=labels)


@callback
def async_remove_labels(
    hass: HomeAssistant, entry: ConfigEntry, labelled: Labelled
) -> None:
    """Take all labels of ours off, and delete those that nothing else has.

    One that a person has changed is theirs.
    """
    async_show_labels(hass, entry, labelled, {})
    registry = lr.async_get(hass)
    for label_id in labelled.made:
        label = registry.async_get_label(label_id)
        if (
            label is not None
            and (label.icon, label.color, label.description) == (_ICON, None, None)
            and not dr.async_entries_for_label(dr.async_get(hass), label_id)
            and not er.async_entries_for_label(er.async_get(hass), label_id)
            and not ar.async_entries_for_label(ar.async_get(hass), label_id)
        ):
            registry.async_delete(label_id)
    labelled.made.clear()


def _label_of(hass: HomeAssistant, labelled: Labelled, tag: str) -> str:
    """Return the id of a tag's label, also if a person has given it another name."""
    registry = lr.async_get(hass)
    for known in labelled.agents.values():
        if (label_id := known.get(tag)) and registry.async_get_label(label_id):
            return label_id
    name = f"{MANUFACTURER}: {tag}"
    if (label := registry.async_get_label_by_name(name)) is None:
        label = registry.async_create(name, icon=_ICON)
        labelled.made.add(label.label_id)
    return label.label_id


def _is_text(value: object) -> bool:
    return isinstance(value, str)
