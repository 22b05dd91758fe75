"""What Bleemeo itself tells of its agents and metrics, beside their alerts."""

from dataclasses import dataclass
from typing import Final

# the kind of a website monitor, and the label of the metric that says whether it is reached
# (bleemeo/glouton, its default metrics)
WEBSITE: Final = "website"
LABEL_REACHED: Final = "probe_success"


@dataclass(frozen=True, slots=True)
class Service:
    """What runs on an agent and has metrics of its own: a service, or a container."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RealName:
    """Bleemeo's own name for a metric, the unit of its values, its label and service.

    The name is for people; by the label Bleemeo itself knows what the metric is.
    """

    name: str
    unit: str | None = None
    label: str | None = None
    service: Service | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """What Bleemeo itself tells of an agent: its name, what it is, and what runs on it.

    `tags` are those that people gave it, and `mac` is the address of its network card.
    It is doubted while all that is told of it may be wrong.
    """

    name: str
    kind: str | None = None
    tags: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None
    sw_version: str | None = None
    mac: str | None = None
    is_doubted: bool = False
