"""Tests that every agent is a server here at once, and of what people call metrics."""

from contextlib import suppress
from datetime import timedelta
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from bleemeo import AgentType, Resource
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo import async_remove_config_entry_device
from custom_components.bleemeo.api import profile
from custom_components.bleemeo.api.catalogue import catalogue_store
from custom_components.bleemeo.api.errors import ServiceAway
from custom_components.bleemeo.api.names import MetricNames, async_load_names
from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from scripts.simulated_api import (
    AGENT_TYPES,
    STATUS_NUMBERS,
    Account,
    Fault,
    SimulatedApi,
)
from tests import (
    AGENT,
    OTHER_ACCOUNT,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    state,
    states,
)

FACTS = {
    "system_vendor": "Dell Inc.",
    "product_name": "PowerEdge R650",
    "serial_number": "CN0ABC",
    "os_pretty_name": "Debian GNU/Linux 13 (trixie)",
    "kernel_release": "6.12.48",
    "domain": "example.com",
}


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up the entry, and wait until the board agrees."""
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)


def device(hass: HomeAssistant, entry: MockConfigEntry, agent: str) -> dr.DeviceEntry:
    """Return the device of an agent, which must exist."""
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, agent), entry.entry_id
    )
    assert found is not None
    return found


async def test_a_healthy_account_shows_its_servers(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Each is OK; its metrics come with their first problem, and nothing is announced."""
    account.add_agent("db01")
    account.add_metric(AGENT, "cpu_used")
    events = async_capture_events(hass, EVENT_ALERT)
    await set_up(hass, entry_with_access)
    shown = states(hass)
    for name in ("web01", "db01"):
        assert shown[f"sensor.{name}_status"] == "ok"
        assert shown[f"binary_sensor.{name}_problem"] == "off"
    assert shown["sensor.bleemeo_status"] == "ok"
    assert shown["sensor.bleemeo_critical"] == "0"
    assert not [each for each in shown if "cpu" in each]
    assert not events


async def test_a_server_is_there_before_bleemeo_is_asked_again(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
) -> None:
    """After a restart; and an alert is about the server that is shown."""
    entry = entry_with_access
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    bleemeo.faults["/v1/info/"] = Fault(stalls=True)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, "sensor.web01_status").state == "ok"
    await receive_alert(entry, payload(agent=AGENT))
    await hass.async_block_till_done()
    assert state(hass, "sensor.web01_status").state == "warning"
    assert (
        len(dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)) == 2
    )


async def test_a_server_shows_what_bleemeo_knows_of_it(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Facts on its device, and what it is, runs and is tagged with on its status."""
    entry = entry_with_access
    for key, value in FACTS.items():
        account.add_fact(AGENT, key, value)
    account.add_service(AGENT, "nginx")
    account.add_service(AGENT, "postgresql", instance="main")
    account.add_service(AGENT, "gone", active=False)
    account.agents[AGENT]["tags"] = [
        {"name": "production", "tag_type": 2},
        {"name": "from its file", "tag_type": 1},
        {"name": "linux", "tag_type": 0},
        {"name": "nginx", "tag_type": 4},
        "odd",
    ]
    shop = account.add_agent("shop", kind="connection_check")
    database = account.add_agent("orders", kind="aws_rds")
    account.add_fact(database, "serial_number", "To be filled by O.E.M.")
    await set_up(hass, entry)
    server = device(hass, entry, AGENT)
    assert (server.manufacturer, server.model, server.serial_number) == (
        "Dell Inc.",
        "PowerEdge R650",
        "CN0ABC",
    )
    assert server.sw_version == "Debian GNU/Linux 13 (trixie)"
    assert (device(hass, entry, shop).manufacturer) == "Bleemeo"
    assert device(hass, entry, database).serial_number is None
    told = state(hass, "sensor.web01_status").attributes
    assert {key: told[key] for key in ("kind", "tags", "services")} == {
        "kind": "server",
        "tags": ["production", "from its file"],
        "services": ["nginx", "postgresql (main)"],
    }
    kinds = [
        state(hass, f"sensor.{name}_status").attributes["kind"]
        for name in ("shop", "orders")
    ]
    assert kinds == ["website", "aws"]

    # once a day is enough
    for row in account.facts.values():
        if row["key"] == "product_name":
            row["value"] = "PowerEdge R660"
    for hours, model in ((7, "PowerEdge R650"), (18, "PowerEdge R660")):
        freezer.tick(timedelta(hours=hours))
        async_fire_time_changed(hass)
        await settle_agreement(hass, entry)
        assert device(hass, entry, AGENT).model == model
    await hass.config_entries.async_reload(entry.entry_id)
    assert device(hass, entry, AGENT).model == "PowerEdge R660"


async def test_what_a_server_is_is_asked_for_although_the_clock_was_set_back(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    freezer: FrozenDateTimeFactory,
) -> None:
    """By the clock of then, it was asked for a year from now."""
    entry, now = entry_with_access, dt_util.utcnow()
    freezer.move_to(now + timedelta(days=400))
    await set_up(hass, entry)
    freezer.move_to(now)
    account.add_fact(AGENT, "product_name", "PowerEdge R650")
    await entry.runtime_data.agreement.async_check_now()
    assert device(hass, entry, AGENT).model == "PowerEdge R650"


async def test_a_website_says_whether_it_is_reached(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That it is one may be told long after it is here; it is so once."""
    entry = entry_with_access
    shop = account.add_agent("shop")
    metric = account.add_metric(shop, "probe_success")
    await set_up(hass, entry)
    connectivity = "binary_sensor.shop_connectivity"
    assert connectivity not in states(hass)

    account.agents[shop]["agent_type"] = AGENT_TYPES["connection_check"]
    entry.runtime_data.agreement.catalogue.described_at = None
    await entry.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    assert state(hass, connectivity).state == "on"
    shown = state(hass, connectivity).attributes
    assert shown["device_class"] == "connectivity"
    assert shown["custom_ui_state_card"] == "bleemeo-open-alerts"

    account.agents[shop]["display_name"] = "Shop"
    await entry.runtime_data.agreement.async_check_now()
    account.metrics[metric]["current_status"] = STATUS_NUMBERS["critical"]
    await receive_alert(entry, payload(agent=shop, metric=metric, status=2))
    await look_again(hass, entry)
    await hass.async_block_till_done()
    assert state(hass, connectivity).state == "off"
    assert state(hass, "binary_sensor.shop_problem").state == "on"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, connectivity).state == "off"
    assert "binary_sensor.web01_connectivity" not in states(hass)
    assert "unique IDs" not in caplog.text


async def test_what_is_no_website_any_more_does_not_say_whether_it_is_reached(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    entity_registry: er.EntityRegistry,
) -> None:
    """Only Bleemeo can tell so, not that it does not answer; and it may be one again."""
    entry = entry_with_access
    shop = account.add_agent("shop", kind="connection_check")
    await set_up(hass, entry)
    connectivity = "binary_sensor.shop_connectivity"

    account.agents[shop]["agent_type"] = AGENT_TYPES["agent"]
    for path, status in (("agent", 500), ("agenttype", 500), ("agenttype", 403)):
        bleemeo.faults = {f"/v1/{path}/": Fault(status=status, times=9)}
        with suppress(ServiceAway):
            await describe_again(hass, entry)
        assert state(hass, connectivity).state == "on"
        await hass.config_entries.async_reload(entry.entry_id)
        await settle_agreement(hass, entry)
        assert state(hass, connectivity).state == "on"
    bleemeo.faults = {}
    await describe_again(hass, entry)
    assert connectivity not in states(hass)
    assert not entity_registry.async_get(connectivity)
    assert state(hass, "binary_sensor.shop_problem").state == "off"

    account.agents[shop]["agent_type"] = AGENT_TYPES["connection_check"]
    await describe_again(hass, entry)
    assert state(hass, connectivity).state == "on"


async def test_a_website_of_which_nothing_is_known_any_more_keeps_what_it_has(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    entity_registry: er.EntityRegistry,
) -> None:
    """The file was lost, and Bleemeo cannot be asked just now."""
    entry = entry_with_access
    shop = account.add_agent("shop", kind="connection_check")
    await set_up(hass, entry)
    await receive_alert(entry, payload(agent=shop, status=0))
    await hass.config_entries.async_unload(entry.entry_id)
    await catalogue_store(hass, entry).async_remove()
    bleemeo.faults["/v1/agent/"] = Fault(status=500)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle_agreement(hass, entry)
    connectivity = "binary_sensor.shop_connectivity"
    assert entity_registry.async_get(connectivity)
    await describe_again(hass, entry)
    assert state(hass, connectivity).state == "on"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=403),
        Fault(status=404),
        Fault(status=500),
        Fault(body="[]"),
        Fault(body='{"count": 1, "results": [null]}'),
    ],
)
@pytest.mark.parametrize("kind", ["agenttype", "agentfact", "service", "metricname"])
async def test_statuses_agree_without_what_bleemeo_does_not_tell(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    kind: str,
    fault: Fault,
) -> None:
    """It is not known of all of it whether any login may read it."""
    bleemeo.faults[f"/v1/{kind}/"] = fault
    fault.times = 1
    account.add_metric(AGENT, "cpu_used", "critical")
    await set_up(hass, entry_with_access)
    await look_again(hass, entry_with_access)
    assert state(hass, "sensor.bleemeo_critical").state == "1"
    assert entry_with_access.runtime_data.agreement.catalogue.agreed_at is not None


@pytest.mark.parametrize("status", [401, 500])
@pytest.mark.parametrize("kind", ["agenttype", "service", "container"])
async def test_what_fails_hides_nothing_else_and_is_asked_for_again(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    kind: str,
    status: int,
) -> None:
    """It may fail for good."""
    entry = entry_with_access
    account.add_fact(AGENT, "product_name", "PowerEdge R650")
    account.add_metric_name("cpu_used", "Processor")
    path = f"/v1/{kind}/"
    bleemeo.faults[path] = Fault(status=status, times=99)
    await set_up(hass, entry)
    assert device(hass, entry, AGENT).model == "PowerEdge R650"
    assert entry.runtime_data.agreement.catalogue.names == {"cpu_used": "Processor"}
    asked = bleemeo.asked(path)
    await entry.runtime_data.agreement.async_check_now()
    assert bleemeo.asked(path) > asked


@pytest.mark.parametrize("odd", [None, 7, [], {}, [["product_name"]]])
async def test_an_odd_fact_hides_no_other(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    odd: object,
) -> None:
    """Nor does it keep the board from agreeing."""
    account.add_fact(AGENT, "product_name", "PowerEdge R650")
    account.facts |= {
        str(uuid4()): {"id": str(uuid4()), "agent": AGENT, "key": odd, "value": "x"}
    }
    await set_up(hass, entry_with_access)
    await entry_with_access.runtime_data.agreement.async_check_now()
    assert device(hass, entry_with_access, AGENT).model == "PowerEdge R650"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=403),
        Fault(body="[]"),
        Fault(body='{"count": 1, "results": [null]}'),
        Fault(body='{"count": 2, "results": []}'),
    ],
)
async def test_names_that_bleemeo_does_not_tell_once_stay(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    fault: Fault,
) -> None:
    """They go when Bleemeo has them no more."""
    entry = entry_with_access
    account.add_metric_name("cpu_used", "Processor")
    await set_up(hass, entry)
    bleemeo.faults["/v1/metricname/"] = fault
    fault.times = 1
    await describe_again(hass, entry)
    cpu = account.add_metric(AGENT, "cpu_used", "critical")
    await entry.runtime_data.agreement.async_check_now()
    await look_again(hass, entry)
    assert state(hass, "sensor.web01_processor").attributes["metric_id"] == cpu

    account.metric_names.clear()
    await describe_again(hass, entry)
    account.add_metric(AGENT, "cpu_used", "critical", item="0")
    await entry.runtime_data.agreement.async_check_now()
    await look_again(hass, entry)
    assert state(hass, "sensor.web01_cpu_used_0").state == "critical"


async def test_services_go_with_the_last_one_unless_bleemeo_does_not_tell(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
) -> None:
    """A server that runs none any more is known to run none."""
    entry = entry_with_access
    service = account.add_service(AGENT, "nginx")
    await set_up(hass, entry)

    def services() -> tuple[str, ...]:
        return entry.runtime_data.agreement.catalogue.agents[AGENT].services

    assert services() == ("nginx",)
    del account.services[service]
    bleemeo.faults["/v1/service/"] = Fault(status=403)
    await describe_again(hass, entry)
    assert services() == ("nginx",)
    await describe_again(hass, entry)
    assert services() == ()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/v1/agenttype/", Fault(status=500)),
        ("/v1/metric/", Fault(body='{"count": 1, "results": []}')),
    ],
)
async def test_what_a_new_server_is_is_asked_for_until_it_is_told(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    bleemeo: SimulatedApi,
    path: str,
    fault: Fault,
) -> None:
    """Not a day later, because the comparison that found it came to nothing."""
    entry = entry_with_access
    await set_up(hass, entry)
    agreement = entry.runtime_data.agreement
    shop = account.add_agent("shop", kind="connection_check")
    bleemeo.faults[path] = fault
    with suppress(ServiceAway):
        await agreement.async_check_now()
    assert agreement.catalogue.agents[shop].kind is None
    await agreement.async_check_now()
    assert agreement.catalogue.agents[shop].kind == "website"


async def test_a_server_that_a_person_deletes_stays_away_until_its_next_alert(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Though Bleemeo lists it."""
    entry = entry_with_access
    account.add_metric(AGENT, "cpu_used", "critical")
    await set_up(hass, entry)
    gone = device(hass, entry, AGENT)
    assert await async_remove_config_entry_device(hass, entry, gone)
    for _ in range(2):
        await entry.runtime_data.agreement.async_check_now()
        await look_again(hass, entry)
        assert "sensor.web01_status" not in states(hass)
        await hass.config_entries.async_reload(entry.entry_id)
        await settle_agreement(hass, entry)
    await receive_alert(entry, payload(agent=AGENT))
    await entry.runtime_data.agreement.async_check_now()
    assert state(hass, "sensor.web01_status").state == "warning"


async def test_a_server_goes_with_bleemeos_or_with_the_access(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    entity_registry: er.EntityRegistry,
) -> None:
    """One that alerts told of stays when the access ends, by the name in their titles.

    What it has only as a website goes.
    """
    entry = entry_with_access
    spare = account.add_agent("spare")
    heard = account.add_agent("Shop", kind="connection_check")
    await set_up(hass, entry)
    await receive_alert(entry, payload(agent=heard))
    await hass.async_block_till_done()
    del account.agents[spare]
    account.add_metric(AGENT, "cpu_used")
    await entry.runtime_data.agreement.async_check_now()
    assert "sensor.spare_status" not in states(hass)
    assert state(hass, "sensor.web01_status").state == "ok"
    assert device(hass, entry, heard).name == "Shop"
    assert state(hass, "binary_sensor.shop_connectivity").state == "unknown"

    menu = await hass.config_entries.options.async_init(entry.entry_id)
    form = await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": "remove_access"}
    )
    await hass.config_entries.options.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert not entity_registry.async_get("sensor.web01_status")
    assert device(hass, entry, heard).name == "web01.example.com"
    assert "sensor.shop_status" in states(hass)
    assert "binary_sensor.shop_connectivity" not in states(hass)


@pytest.mark.parametrize(
    ("label", "item", "name"),
    [
        ("disk_used_perc", "/home", "Disque utilisé (/home)"),
        ("cpu_used_status", None, "Processeur utilisé"),
        ("orders_waiting", "eu", "Commandes en attente (eu)"),
        ("other_metric", "x", "other_metric (x)"),
        ("CPU_used", None, "Processeur utilisé"),
    ],
)
async def test_a_metric_has_a_name_for_people(
    hass: HomeAssistant, label: str, item: str | None, name: str
) -> None:
    """That of Bleemeo, else a usual one in the home's language, else its label."""
    hass.config.language = "fr"
    names = MetricNames(
        {"orders_waiting": "Commandes en attente"}, await async_load_names(hass)
    )
    assert names.name(label, item) == name


async def test_metrics_that_the_api_raises_have_names_for_people(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """As the names of their entities, and in their ids."""
    entry = entry_with_access
    account.add_metric(AGENT, "disk_used_perc", "critical", item="/home")
    account.add_metric(AGENT, "orders_waiting", "warning")
    account.add_metric_name("orders_waiting", "Orders waiting")
    await set_up(hass, entry)
    await look_again(hass, entry)
    shown = states(hass)
    assert shown["sensor.web01_disk_used_home"] == "critical"
    assert shown["sensor.web01_orders_waiting"] == "warning"


async def test_an_agent_of_another_account_is_no_server_here(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Whatever made Bleemeo send it."""
    foreign = account.add_agent("mail01")
    account.agents[foreign]["account"] = OTHER_ACCOUNT
    await set_up(hass, entry_with_access)
    assert not [each for each in states(hass) if "mail01" in each]


def test_the_stand_in_has_what_bleemeos_own_client_calls_so() -> None:
    """The paths and the types of agents."""
    paths: list[Any] = [
        Resource.AGENT_TYPE,
        Resource.AGENT_FACT,
        Resource.SERVICE,
        Resource.METRIC_NAME,
    ]
    assert [f"/{each.value}" for each in paths] == [
        profile.TYPE_PATH,
        profile.FACT_PATH,
        profile.SERVICE_PATH,
        profile.NAME_PATH,
    ]
    path = Path(profile.__file__).parents[1] / "translations" / "en.json"
    texts = json.loads(path.read_text())["entity"]["sensor"]["status"]
    words = texts["state_attributes"]["kind"]["state"]
    assert words.keys() == {*profile.KINDS.values(), "aws"}
    theirs = {kind for name, kind in vars(AgentType).items() if name.isupper()}
    assert profile.KINDS.keys() <= theirs
    assert {each for each in theirs if each not in profile.KINDS} == {
        each for each in theirs if each.startswith("aws")
    }


MAC = "3c:ec:ef:01:02:03"


async def describe_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Ask Bleemeo again, also for what it tells once a day."""
    agreement = entry.runtime_data.agreement
    agreement.catalogue.described_at = None
    await agreement.async_check_now()
    await hass.async_block_till_done()


def macs(
    hass: HomeAssistant, entry: MockConfigEntry, *agents: str
) -> list[set[tuple[str, str]]]:
    """Return the connections of the agents' devices."""
    return [device(hass, entry, agent).connections for agent in agents]


async def test_a_network_card_links_a_server_with_other_integrations(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """It follows the card to another server, and goes with it."""
    entry, db01 = entry_with_access, account.add_agent("db01")
    account.add_fact(AGENT, "primary_mac_address", MAC.upper())
    account.add_fact(db01, "primary_mac_address", "02:42:ac:11:00:02")
    connected = {(dr.CONNECTION_NETWORK_MAC, MAC)}
    await set_up(hass, entry)
    assert macs(hass, entry, AGENT, db01) == [connected, set()]
    ids = [device(hass, entry, agent).id for agent in (AGENT, db01)]
    await hass.config_entries.async_reload(entry.entry_id)
    await settle_agreement(hass, entry)
    assert macs(hass, entry, AGENT, db01) == [connected, set()]
    old, new = account.facts.values()
    old["value"], new["value"] = new["value"], old["value"]
    await describe_again(hass, entry)
    assert macs(hass, entry, AGENT, db01) == [set(), connected]
    assert [device(hass, entry, agent).id for agent in (AGENT, db01)] == ids


@pytest.mark.parametrize("is_first", [True, False])
async def test_two_servers_with_one_network_card_are_two(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    is_first: bool,
) -> None:
    """As of a machine that was cloned, from the first look on or later."""
    entry = entry_with_access
    account.add_fact(AGENT, "primary_mac_address", MAC)
    if not is_first:
        await set_up(hass, entry)
        assert macs(hass, entry, AGENT) == [{(dr.CONNECTION_NETWORK_MAC, MAC)}]
    clone = account.add_agent("clone")
    account.add_fact(clone, "primary_mac_address", MAC)
    if is_first:
        await set_up(hass, entry)
    else:
        await describe_again(hass, entry)
    assert macs(hass, entry, AGENT, clone) == [set(), set()]
    assert device(hass, entry, AGENT).id != device(hass, entry, clone).id


async def test_a_server_set_up_anew_is_another(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Home Assistant keeps what was deleted, and would give it back by the card."""
    entry = entry_with_access
    account.add_fact(AGENT, "primary_mac_address", MAC)
    await set_up(hass, entry)
    old = device(hass, entry, AGENT)
    dr.async_get(hass).async_update_device(old.id, name_by_user="The old one")
    await async_remove_config_entry_device(hass, entry, old)
    del account.agents[AGENT]
    new = account.add_agent("web01")
    account.add_fact(new, "primary_mac_address", MAC)
    await describe_again(hass, entry)
    found = device(hass, entry, new)
    assert found.id != old.id
    assert found.name_by_user is None


async def test_what_is_no_machine_has_a_model_of_its_own(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """In Home Assistant's language."""
    hass.config.language = "de"
    shop = account.add_agent("shop", kind="connection_check")
    await set_up(hass, entry_with_access)
    assert device(hass, entry_with_access, shop).model == "Website-Überwachung"
    assert device(hass, entry_with_access, AGENT).model is None
