"""Profiles: what Bleemeo tells of agents and of names, which changes once in a while.

Only some of it is known from Bleemeo's own programs. What cannot be read is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from ..core import MAX_NAME_LENGTH, WEBSITE, AgentProfile
from .client import ApiClient
from .errors import ServiceFailing, UnusableAnswer
from .listing import ListedAgent, plain_name
from .network_card import read_mac
from .row import read_id, read_word
from .service_names import service_name

TYPE_PATH: Final = "/v1/agenttype/"
FACT_PATH: Final = "/v1/agentfact/"
SERVICE_PATH: Final = "/v1/service/"
CONTAINER_PATH: Final = "/v1/container/"
NAME_PATH: Final = "/v1/metricname/"

# of Bleemeo's types of agents, by their names; those of AWS begin with it
KINDS: Final = {
    "agent": "server",
    "connection_check": WEBSITE,
    "snmp": "snmp",
    "kubernetes": "kubernetes",
    "vsphere_cluster": "vsphere_cluster",
    "vsphere_host": "vsphere_host",
    "vsphere_vm": "vsphere_vm",
    "application": "application",
}
_AWS = "aws"
_FACTS: Final = {
    "system_vendor",
    "product_name",
    "serial_number",
    "os_pretty_name",
    "kernel_release",
    "primary_mac_address",
}
# what a maker leaves in where nothing was filled in
_UNFILLED = ("to be filled", "not specified", "system serial", "default string", "none")


@dataclass(slots=True)
class Details:
    """What is asked for once a day: of agents by id, kinds by type, names by label.

    `service_names` has what people call services and containers, by id. `told` has the
    paths of which all was told: what is missing there, Bleemeo does not have. What has
    failed may be told later.
    """

    told: set[str] = field(default_factory=set)
    has_failed: bool = False
    kinds: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    services: dict[str, set[str]] = field(default_factory=dict)
    service_names: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def profile(self, agent: ListedAgent, known: AgentProfile | None) -> AgentProfile:
        """Return the profile of an agent, with what was known of it before."""
        profile = replace(
            known or AgentProfile(name=agent.name), name=agent.name, tags=agent.tags
        )
        if kind := self.kinds.get(agent.type_id or ""):
            profile = replace(profile, kind=kind)
        if facts := self.facts.get(agent.agent_id):
            profile = replace(
                profile,
                manufacturer=facts.get("system_vendor"),
                model=facts.get("product_name"),
                serial_number=facts.get("serial_number"),
                sw_version=facts.get("os_pretty_name") or facts.get("kernel_release"),
                mac=read_mac(facts.get("primary_mac_address", "")),
            )
        services = self.services.get(agent.agent_id, set())
        if services or SERVICE_PATH in self.told:
            profile = replace(profile, services=tuple(sorted(services)))
        return profile


async def async_read_details(client: ApiClient) -> Details:
    """Ask for what agents are, and for the names that people gave metrics.

    What Bleemeo refuses is left out, and so is what fails.

    Raises:
        ApiError: Bleemeo cannot be asked just now.
    """
    details = Details()
    for path, fields, read in (
        (TYPE_PATH, "id,name", _read_type),
        (FACT_PATH, "id,agent,key,value", _read_fact),
        (SERVICE_PATH, "id,agent,label,instance,active", _read_service),
        (CONTAINER_PATH, "id,name", _read_container),
        (NAME_PATH, "", _read_name),
    ):
        try:
            rows = await client.async_read(path, fields, partial(read, details))
        except UnusableAnswer:
            continue
        except ServiceFailing as error:
            if error.wait is not None:
                raise
            details.has_failed = True
            continue
        if rows.is_whole and not rows.odd:
            details.told.add(path)
    return details


def _read_type(details: Details, row: Mapping[str, Any], _: datetime) -> None:
    name = read_word(row, "name") or ""
    if kind := KINDS.get(name, _AWS if name.startswith(_AWS) else None):
        details.kinds[read_id(row, "id")] = kind


def _read_fact(details: Details, row: Mapping[str, Any], _: datetime) -> None:
    key, value = read_word(row, "key"), read_word(row, "value")
    if key in _FACTS and value and not value.casefold().startswith(_UNFILLED):
        details.facts.setdefault(read_id(row, "agent"), {})[key] = value


def _read_service(details: Details, row: Mapping[str, Any], _: datetime) -> None:
    label, instance = read_word(row, "label"), read_word(row, "instance")
    if label is None:
        return
    name = plain_name(service_name(label), instance)
    details.service_names[read_id(row, "id")] = name[:MAX_NAME_LENGTH]
    if row.get("active") is not False:
        running = details.services.setdefault(read_id(row, "agent"), set())
        running.add(plain_name(label, instance))


def _read_container(details: Details, row: Mapping[str, Any], _: datetime) -> None:
    if name := read_word(row, "name"):
        details.service_names[read_id(row, "id")] = name


def _read_name(details: Details, row: Mapping[str, Any], _: datetime) -> None:
    """Read a row whose form is not known from any program of Bleemeo's."""
    label = read_word(row, "name") or read_word(row, "label")
    if label and (name := read_word(row, "display_name")):
        details.names[label] = name
