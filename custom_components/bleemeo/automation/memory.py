"""What a trigger has told of each metric, and how the one that follows it learns that."""

from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..core import MetricKey, Told

# for so long the memory of a trigger waits for the one that takes its place
_HANDOVER_SECONDS = 10
# automations that are saved together end within that time
_AT_ONCE_SECONDS = 1

# the entry of a metric, and its key there
type Key = tuple[str, MetricKey]


@dataclass(slots=True)
class Memory:
    """What a trigger has told of each metric.

    What was due before `since` counts as told: the trigger was not there. None is for one
    that was there before Home Assistant started, and `has_run` says whether it collected
    and told anything since. While something of an entry `waits` for others, that says until
    when all was told.
    """

    since: datetime | None
    told: dict[Key, Told] = field(default_factory=dict)
    waits: dict[str, datetime] = field(default_factory=dict)
    has_run: bool = False


_HANDED_OVER: HassKey[list[tuple[float, str, Memory]]] = HassKey(f"{DOMAIN}_memories")


def take_over(hass: HomeAssistant, name: str) -> Memory:
    """Return the memory of a trigger that was there until now, or a new one."""
    memories = _handed_over(hass)
    mine = [each for each in memories if each[1] == name]
    # of several with the same trigger, one may have ended before, and not come back
    for each in mine:
        if each[0] >= mine[-1][0] - _AT_ONCE_SECONDS:
            memories.remove(each)
            return each[2]
    is_start = hass.state is not CoreState.running
    return Memory(None if is_start else dt_util.utcnow())


def hand_over(hass: HomeAssistant, name: str, memory: Memory) -> None:
    """Leave the memory of a trigger that ends to the one that takes its place."""
    _handed_over(hass).append((hass.loop.time(), name, memory))


def _handed_over(hass: HomeAssistant) -> list[tuple[float, str, Memory]]:
    """Return what may still be taken over, the oldest first."""
    memories = hass.data.setdefault(_HANDED_OVER, [])
    earliest = hass.loop.time() - _HANDOVER_SECONDS
    memories[:] = [each for each in memories if each[0] >= earliest]
    return memories
