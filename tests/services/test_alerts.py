"""Tests of listing open alerts."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.core import AgentProfile
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account
from tests import (
    AGENT,
    METRIC,
    find_open,
    give_names,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
)
from tests.conftest import Deliver

from . import ACCOUNT_STATUS, CPU, DISK, NAS, UPS, call, get_alerts, respond

OTHER_AGENT = "951df56d-d5dd-58c3-ab9a-000000000002"

COMPLETE = {
    "complete": True,
    "known": ["Bleemeo"],
    "not_loaded": [],
    "nothing_known": [],
    "disabled": [],
    "not_found": [],
    "not_yet_known": [],
}


async def test_what_the_api_found_open_is_said_to_be_so_at_least_since_then(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Its list has no times; so says a digest, too. An alert says when it was."""
    entry = entry_with_access
    await find_open(hass, entry, account)
    response = await respond(hass, "get_alerts")
    assert response["alerts"][0]["incident"]["began_earlier"]
    [notice] = response["notices"]
    assert notice["message"].startswith("Critical at least since ")
    digest = (await respond(hass, "get_digest"))["digest"]
    assert digest.endswith(", at least 0 min")

    at = (dt_util.utcnow() - timedelta(hours=1)).isoformat()
    told = payload(agent=AGENT, metric=METRIC, status=2, status_changed_at=at)
    await receive_alert(entry, told)
    response = await respond(hass, "get_alerts")
    assert not response["alerts"][0]["incident"]["began_earlier"]
    [notice] = response["notices"]
    assert notice["message"].startswith("Critical since ")
    assert "at least" not in (await respond(hass, "get_digest"))["digest"]


async def test_of_a_server_that_is_listed_with_something_open_nothing_is_known_yet(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """Until the second look; no answer about it is complete, and no digest clear."""
    entry = entry_with_access
    await setup_integration(hass, entry)
    await settle_agreement(hass, entry)
    give_names(hass, "sensor.web01_status", "Shop")
    assert (await respond(hass, "get_digest"))["all_clear"]
    account.add_agent("web02", OTHER_AGENT)
    account.add_metric(OTHER_AGENT, "cpu_used", "critical", uid=METRIC)
    await entry.runtime_data.agreement.async_check_now()
    await hass.async_block_till_done()
    for action in ("get_alerts", "get_digest", "get_incidents"):
        for target, not_known in (
            ({}, ["web02"]),
            ({"entity_id": ACCOUNT_STATUS}, ["web02"]),
            ({"entity_id": "sensor.web02_status"}, ["web02"]),
            ({"entity_id": "sensor.web01_status"}, []),
        ):
            answer = await respond(hass, action, **target)
            assert (answer["complete"], answer["not_yet_known"]) == (
                not not_known,
                not_known,
            ), (action, target)
    assert (await respond(hass, "get_alerts", host="web01"))["complete"]
    assert not (await respond(hass, "get_alerts", host="web02"))["complete"]
    digest = await respond(hass, "get_digest")
    assert digest["digest"] == "Bleemeo – Not known: web02"
    assert not digest["all_clear"]
    await look_again(hass, entry)
    answer = await respond(hass, "get_alerts")
    assert (answer["count"], answer["complete"]) == (1, True)


async def test_who_may_not_read_a_server_is_not_told_that_nothing_is_known_of_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    deliver: Deliver,
    hass_read_only_user: MockUser,
) -> None:
    """Their answer is complete without it."""
    await deliver(payload(status=0))
    doubted = AgentProfile(name="web02", is_doubted=True)
    await entry.runtime_data.hub.listed.async_show_agents({OTHER_AGENT: doubted})
    await hass.async_block_till_done()
    reader = Context(user_id=hass_read_only_user.id)
    assert not (await respond(hass, "get_alerts", reader))["complete"]
    hass_read_only_user.groups = []
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {CPU: {"read": True}}}})
    answer = await respond(hass, "get_alerts", reader)
    assert (answer["complete"], answer["not_yet_known"]) == (True, [])


@pytest.mark.usefixtures("day")
async def test_open_alerts_are_returned_worst_first(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Then longest open first, with all that the event has."""
    await call(hass, "acknowledge", entity_id=NAS)
    response = await respond(hass, "get_alerts")
    alerts = response.pop("alerts")
    assert response.items() >= {"count": 5, **COMPLETE}.items()
    assert [(alert["status"], alert["metric_name"]) for alert in alerts] == [
        ("critical", "SMART status"),
        ("critical", "UPS"),
        ("warning", "Disk used (/home)"),
        ("warning", "https://shop.example.com/ - checkout is slow"),
        ("unknown", "Certificate"),
    ]
    assert [alert["acknowledged"] for alert in alerts] == [True, True] + [False] * 3
    disk = alerts[2]
    assert disk["device_id"]
    assert {key: disk[key] for key in disk if not key.endswith("_id")} == {
        "host": "web01.example.com",
        "metric_name": "Disk used (/home)",
        "status": "warning",
        "title": "web01.example.com - Disk used (/home) is Warning",
        "text": "Current value: 88.00 % threshold (80.00 %) exceeded over last"
        " 5 minutes",
        "value": 88.0,
        "unit": "%",
        "threshold": 80.0,
        "status_changed_at": "2026-11-20T09:00:00+00:00",
        "happened_at": "2026-11-20T09:00:00+00:00",
        "changes_last_hour": 1,
        "flapping": False,
        "acknowledged": False,
        "silenced": False,
        "dependent": False,
        "needs_attention": True,
        "incident": {
            "began_at": "2026-11-20T09:00:00+00:00",
            "began_earlier": False,
            "worst": "warning",
        },
        "is_test": False,
        "acknowledgement": None,
        "silence": None,
    }
    assert disk["entity_id"] == DISK
    assert disk["entry_id"] == entry.entry_id


@pytest.mark.usefixtures("day")
async def test_it_is_said_who_has_seen_an_alert_and_what_silences_it(
    hass: HomeAssistant, anna: Context
) -> None:
    """Of several silences the one that lasts longest."""
    await call(hass, "acknowledge", anna, entity_id=UPS, comment="on it")
    await call(hass, "silence", entity_id=UPS, duration=60)
    await call(hass, "silence", anna, entity_id=NAS, comment="new disks")
    [ups] = await get_alerts(hass, entity_id=UPS)
    seen, silence = ups["acknowledgement"], ups["silence"]
    assert (seen["by"], seen["comment"], seen["until"]) == ("Anna", "on it", None)
    assert (silence["by"], silence["comment"]) == ("Anna", "new disks")
    assert (silence["target"], silence["name"]) == ("server", "nas.example.com")
    assert (ups["acknowledged"], ups["silenced"]) == (True, True)


@pytest.mark.usefixtures("day")
async def test_open_alerts_are_filtered(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """By severity, host, target, account, and whether somebody is needed."""
    other = MockConfigEntry(domain=DOMAIN, data={"webhook_id": "other"})
    await setup_integration(hass, other)
    await call(hass, "acknowledge", entity_id=UPS)
    for wanted, count in (
        ({}, 5),
        ({"severity": "critical"}, 2),
        ({"severity": ["warning", "unknown"]}, 3),
        ({"host": "nas.example.com"}, 2),
        ({"entity_id": NAS}, 2),
        ({"entity_id": NAS, "severity": "warning"}, 0),
        ({"config_entry_id": entry.entry_id}, 5),
        ({"config_entry_id": other.entry_id}, 0),
        ({"entity_id": NAS, "config_entry_id": other.entry_id}, 0),
        ({"needs_attention": True}, 4),
        ({"needs_attention": False}, 1),
        ({"needs_attention": True, "entity_id": NAS}, 1),
    ):
        assert len(await get_alerts(hass, **wanted)) == count, wanted


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("action", ["get_alerts", "get_digest"])
async def test_no_severity_at_all_is_every_one(
    hass: HomeAssistant, action: str
) -> None:
    """A form whose boxes are all empty must not say that nothing is open."""
    assert (await respond(hass, action, severity=[]))["count"] == 5


@pytest.mark.usefixtures("day")
async def test_a_limit_leaves_the_worst_and_says_how_many_there_are(
    hass: HomeAssistant,
) -> None:
    """Which is not a lack of knowledge."""
    response = await respond(hass, "get_alerts", limit=2)
    assert {alert["status"] for alert in response.pop("alerts")} == {"critical"}
    assert response.items() >= {"count": 5, **COMPLETE}.items()


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    "wrong",
    [{"severity": "ok"}, {"limit": 0}, {"limit": 5001}, {"needs_attention": "maybe"}],
)
async def test_an_impossible_filter_is_refused(
    hass: HomeAssistant, wrong: dict[str, Any]
) -> None:
    """As one that names what does not exist."""
    with pytest.raises(vol.Invalid):
        await get_alerts(hass, **wrong)
    with pytest.raises(ServiceValidationError, match="no Bleemeo account nothing"):
        await get_alerts(hass, config_entry_id="nothing")
    with pytest.raises(ServiceValidationError, match="sun.sun is not an entity"):
        await get_alerts(hass, entity_id="sun.sun")


@pytest.mark.usefixtures("day")
async def test_an_account_that_is_not_loaded_never_says_that_nothing_is_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """However it is asked for."""
    area = area_registry.async_create("Cellar").id
    nas = entity_registry.entities[NAS].device_id
    assert nas
    device_registry.async_update_device(nas, area_id=area)
    targets: list[dict[str, Any]] = [
        {},
        {"config_entry_id": entry.entry_id},
        {"entity_id": NAS},
        {"device_id": nas},
        {"area_id": area},
        {"host": "nas.example.com"},
    ]
    silent = {
        "alerts": [],
        "count": 0,
        "complete": False,
        "known": [],
        "not_loaded": ["Bleemeo"],
        "nothing_known": [],
        "disabled": [],
        "last_alive_at": None,
        "notices": [],
        "summary": "",
        "not_found": [],
        "not_yet_known": [],
    }
    await hass.config_entries.async_unload(entry.entry_id)
    for target in targets:
        assert await respond(hass, "get_alerts", **target) == silent, target
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await respond(hass, "get_alerts"))["complete"]
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    disabled = silent | {"not_loaded": [], "disabled": ["Bleemeo"]}
    for target in targets:
        assert await respond(hass, "get_alerts", **target) == disabled, target


@pytest.mark.usefixtures("day")
async def test_what_is_asked_of_one_account_says_nothing_of_another(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A server is whole while another account is not loaded."""
    other = MockConfigEntry(domain=DOMAIN, title="Away", data={"webhook_id": "other"})
    other.add_to_hass(hass)
    assert (await respond(hass, "get_alerts"))["not_loaded"] == ["Away"]
    for target in (
        {"entity_id": [NAS, ACCOUNT_STATUS]},
        {"config_entry_id": entry.entry_id},
    ):
        assert (await respond(hass, "get_alerts", **target))["complete"]


@pytest.mark.usefixtures("day")
async def test_what_of_a_target_is_gone_does_not_hide_the_rest(
    hass: HomeAssistant,
) -> None:
    """It is named, and it is not all clear; nothing that exists is an error."""
    for action in ("get_alerts", "get_incidents"):
        answer = await respond(
            hass, action, entity_id=[NAS, "sensor.gone"], device_id="gone"
        )
        assert answer["count"], action
        assert answer["not_found"] == ["gone", "sensor.gone"], action
        assert not answer["complete"], action
    with pytest.raises(ServiceValidationError, match="gone is not an entity"):
        await get_alerts(hass, device_id="gone")


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    "action", ["acknowledge", "silence", "unsilence", "get_alerts", "get_incidents"]
)
async def test_all_entities_of_the_house_are_no_target(
    hass: HomeAssistant, action: str
) -> None:
    """The error says what stands for all."""
    perform = respond if action.startswith("get_") else call
    with pytest.raises(ServiceValidationError, match="the device of the account"):
        await perform(hass, action, entity_id="all")


async def test_an_account_that_nothing_was_heard_of_is_not_all_clear(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """Its address may never have been given to Bleemeo."""
    response = await respond(hass, "get_alerts")
    assert (response["complete"], response["nothing_known"]) == (False, ["Bleemeo"])
    await deliver(payload(status=0))
    response = await respond(hass, "get_alerts")
    assert response.items() >= {"alerts": [], "count": 0, **COMPLETE}.items()


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("host", "complete"), [("web01.example.com", True), ("typo.example.com", False)]
)
async def test_of_a_host_that_was_never_heard_of_nothing_is_known(
    hass: HomeAssistant, host: str, complete: bool
) -> None:
    """A name that is mistyped must not pass for a server that is fine."""
    assert (await respond(hass, "get_alerts", host=host))["complete"] is complete


@pytest.mark.usefixtures("day")
async def test_without_any_entry_nothing_is_known(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The last one was removed."""
    await hass.config_entries.async_remove(entry.entry_id)
    response = await respond(hass, "get_alerts")
    assert (response["count"], response["complete"]) == (0, False)
