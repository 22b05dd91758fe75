"""Contract: the names and words that people write into automations."""

from datetime import timedelta
from typing import Any

import pytest
import voluptuous as vol

from custom_components.bleemeo.condition import async_get_conditions
from custom_components.bleemeo.trigger import async_get_triggers
from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.helpers import condition, service, trigger
from tests import a_day
from tests.conftest import Deliver

type Words = frozenset[str]

ANY: Words = frozenset()
SEVERITY = frozenset({"critical", "warning", "unknown"})
STATUS = SEVERITY | {"ok"}
VERDICT = frozenset({"changed", "repeat", "late", "beyond_bounds", "refused"})

# each with its fields, and the words that a field takes if it does not take any value
INCLUDES: dict[str, Words] = {
    "include_acknowledged": ANY,
    "include_dependent": ANY,
    "include_flapping": ANY,
    "include_silenced": ANY,
}
LANGUAGE: dict[str, Words] = {
    "language": frozenset(
        {
            "auto",
            *("en", "cs", "da", "de", "es", "fr"),
            *("it", "nl", "pl", "pt", "pt-BR", "sv"),
        }
    )
}
LASTING: dict[str, Words] = {"severity": SEVERITY, "for": ANY}
TRIGGERS: dict[str, dict[str, Words]] = {
    "alert_acknowledged": {
        "changes": frozenset(
            {"acknowledged", "expired", "by_hand", "worsened", "cleared", "silenced"}
        ),
        "severity": SEVERITY,
        "together": ANY,
        **LANGUAGE,
    },
    "alert_changed": {
        "changes": frozenset(
            {
                "raised",
                "worsened",
                "eased",
                "cleared",
                "repeated",
                "unknown",
                "forgotten",
            }
        ),
        "severity": SEVERITY,
        **LANGUAGE,
        **INCLUDES,
    },
    "alert_left": {**LASTING, "until_ok": ANY, "together": ANY, **LANGUAGE, **INCLUDES},
    "alert_reached": {
        **LASTING,
        "each_severity": ANY,
        "together": ANY,
        **LANGUAGE,
        **INCLUDES,
    },
    "alert_unattended": {
        **LASTING,
        "again": ANY,
        "every": ANY,
        "at_most": ANY,
        "together": ANY,
        **LANGUAGE,
    },
}
CONDITIONS: dict[str, dict[str, Words]] = {
    "alert_is_open": {**LASTING, **INCLUDES},
    "all_ok": {},
}
ACTIONS: dict[str, dict[str, Words]] = {
    "acknowledge": {"duration": ANY, "until": ANY, "comment": ANY},
    "check_address": {"config_entry_id": ANY},
    "forget": {},
    "get_alerts": {
        "config_entry_id": ANY,
        "severity": SEVERITY,
        "host": ANY,
        "needs_attention": ANY,
        "limit": ANY,
        **LANGUAGE,
    },
    "get_deliveries": {
        "config_entry_id": ANY,
        "host": ANY,
        "verdict": VERDICT,
        "since": ANY,
        "until": ANY,
        "limit": ANY,
    },
    "get_digest": {
        "severity": SEVERITY,
        "include_acknowledged": ANY,
        "include_yesterday": ANY,
        "limit": ANY,
        **LANGUAGE,
    },
    "get_incidents": {
        "config_entry_id": ANY,
        "since": ANY,
        "until": ANY,
        "limit": ANY,
    },
    "send_test_alert": {
        "status": STATUS,
        "host": ANY,
        "metric": ANY,
        "text": ANY,
        "clear_after": ANY,
        "config_entry_id": ANY,
    },
    "silence": {"from": ANY, "duration": ANY, "until": ANY, "comment": ANY},
    "unacknowledge": {},
    "unsilence": {},
}
# what a trigger or condition has that says nothing; the rest is left out
DEFAULTS: dict[str, Any] = {
    "severity": {"critical", "warning", "unknown"},
    "for": timedelta(0),
    "language": "auto",
    "together": timedelta(0),
    "each_severity": False,
    "until_ok": False,
    **dict.fromkeys(INCLUDES, False),
}
OWN_DEFAULTS: dict[str, dict[str, Any]] = {
    "alert_acknowledged": {"changes": {"acknowledged", "expired", "by_hand"}},
    "alert_changed": {
        "changes": TRIGGERS["alert_changed"]["changes"],
        **dict.fromkeys(INCLUDES, True),
    },
    "alert_unattended": {"for": timedelta(minutes=15)},
}
# what an action must be given, and what it has then
TARGET = {"entity_id": ["sensor.bleemeo_status"]}
LEAST: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "acknowledge": (TARGET, TARGET),
    "check_address": ({}, {}),
    "forget": (TARGET, TARGET),
    "get_alerts": ({}, {"language": "auto"}),
    "get_deliveries": ({}, {"limit": 100}),
    "get_digest": (
        {},
        {
            "severity": ["warning", "critical", "unknown"],
            "include_acknowledged": True,
            "include_yesterday": True,
            "limit": 20,
            "language": "auto",
        },
    ),
    "get_incidents": ({}, {"limit": 100}),
    "send_test_alert": (
        {"status": "ok"},
        {"status": "ok", "text": ""},
    ),
    "silence": (TARGET, TARGET),
    "unacknowledge": (TARGET, TARGET),
    "unsilence": (TARGET, TARGET),
}
EXAMPLES: dict[str, Any] = {
    "again": {"minutes": 20},
    "at_most": 3,
    "changes": ["cleared"],
    "each_severity": True,
    "every": {"minutes": 10},
    "include_dependent": True,
    "include_silenced": True,
    "include_yesterday": False,
    "language": "fr",
    "together": {"seconds": 30},
    "until_ok": True,
    "clear_after": {"minutes": 1},
    "comment": "On it",
    "config_entry_id": "01JBLEEMEO0000000000000000",
    "duration": {"hours": 1},
    "for": {"minutes": 5},
    "from": "2026-11-20 08:00:00",
    "host": "web01.example.com",
    "include_acknowledged": False,
    "include_flapping": False,
    "limit": 100,
    "metric": "CPU",
    "needs_attention": True,
    "severity": ["critical"],
    "since": "2026-11-20 08:00:00",
    "status": "critical",
    "text": "Current value: 95.00 %",
    "until": "2026-11-20 09:00:00",
    "verdict": ["late"],
}
RESPONDING = {
    "check_address": SupportsResponse.OPTIONAL,
    "get_alerts": SupportsResponse.ONLY,
    "get_deliveries": SupportsResponse.ONLY,
    "get_digest": SupportsResponse.ONLY,
    "get_incidents": SupportsResponse.ONLY,
}

ALERT = {
    "account_id",
    "acknowledged",
    "acknowledgement",
    "agent_id",
    "changes_last_hour",
    "dependent",
    "device_id",
    "entity_id",
    "entry_id",
    "event_id",
    "flapping",
    "happened_at",
    "host",
    "incident",
    "is_test",
    "metric_id",
    "metric_name",
    "needs_attention",
    "silence",
    "silenced",
    "status",
    "status_changed_at",
    "text",
    "threshold",
    "title",
    "unit",
    "value",
}
DELIVERY = {
    "body",
    "host",
    "left_out",
    "reason",
    "received_at",
    "source",
    "title",
    "verdict",
}


def described(descriptions: dict[str, Any]) -> dict[str, dict[str, Words]]:
    """Return ours of what Home Assistant shows in its editor, with fields and words."""
    return {
        name.removeprefix("bleemeo."): {
            key: frozenset(
                option["value"] if isinstance(option, dict) else option
                for option in field["selector"].get("select", {}).get("options", ())
            )
            for key, field in description["fields"].items()
        }
        for name, description in descriptions.items()
        if name.startswith("bleemeo.") and description is not None
    }


def choices(fields: dict[str, Words]) -> list[dict[str, Any]]:
    """Return one choice of all fields, and one for each word of each of them."""
    all_fields = {key: EXAMPLES[key] for key in fields}
    return [
        all_fields,
        *(
            all_fields | {key: word}
            for key, words in fields.items()
            for word in sorted(words)
        ),
    ]


@pytest.mark.usefixtures("client")
async def test_triggers(hass: HomeAssistant) -> None:
    """Their names and fields, and what is taken where a field is left out."""
    await hass.async_block_till_done()
    assert described(await trigger.async_get_all_descriptions(hass)) == TRIGGERS
    await check_options(hass, await async_get_triggers(hass), TRIGGERS)


@pytest.mark.usefixtures("client")
async def test_conditions(hass: HomeAssistant) -> None:
    """Their names and fields, and what is taken where a field is left out."""
    await hass.async_block_till_done()
    assert described(await condition.async_get_all_descriptions(hass)) == CONDITIONS
    await check_options(hass, await async_get_conditions(hass), CONDITIONS)


async def check_options(
    hass: HomeAssistant, kinds: dict[str, Any], expected: dict[str, dict[str, Words]]
) -> None:
    """Check what triggers or conditions take, and their defaults."""
    assert kinds.keys() == expected.keys()
    for name, fields in expected.items():
        validate = kinds[name].async_validate_config
        options = (await validate(hass, {}))["options"]
        for key in {"severity", "changes"} & options.keys():
            options[key] = set(options[key])
        defaults = DEFAULTS | OWN_DEFAULTS.get(name, {})
        assert options == {key: defaults[key] for key in fields if key in defaults}, (
            name
        )
        for chosen in choices(fields):
            await validate(hass, {"options": chosen, "target": TARGET})
        for wrong in ({"severity": "ok"}, {"odd": 1}):
            with pytest.raises(vol.Invalid):
                await validate(hass, {"options": wrong})


@pytest.mark.usefixtures("client")
async def test_actions(hass: HomeAssistant) -> None:
    """Their names and fields, what they must be given, and whether they respond."""
    shown = (await service.async_get_all_descriptions(hass))["bleemeo"]
    by_name = {f"bleemeo.{name}": description for name, description in shown.items()}
    assert described(by_name) == ACTIONS

    registered = hass.services.async_services_for_domain("bleemeo")
    assert registered.keys() == ACTIONS.keys()
    for name, fields in ACTIONS.items():
        schema = registered[name].schema
        assert schema is not None
        least, filled_in = LEAST[name]
        assert schema(least) == filled_in, name
        for chosen in choices(fields):
            schema(least | chosen)
        for required in least:
            with pytest.raises(vol.Invalid):
                schema({key: least[key] for key in least if key != required})
        for wrong in ({"status": 0}, {"severity": "ok"}, {"verdict": "ok"}, {"odd": 1}):
            with pytest.raises(vol.Invalid):
                schema(least | wrong)
        responds = RESPONDING.get(name, SupportsResponse.NONE)
        assert registered[name].supports_response is responds, name


async def test_responses_of_actions(hass: HomeAssistant, deliver: Deliver) -> None:
    """The keys of what is returned, and of each alert and delivery in it."""
    await deliver(a_day()[0])
    await deliver([])

    async def respond(action: str, **data: str) -> Any:
        return await hass.services.async_call(
            "bleemeo", action, data, blocking=True, return_response=True
        )

    assert (await respond("check_address")).keys() == {
        "came_back",
        "message",
        "outcome",
        "host",
        "seconds",
        "status",
        "through",
        "detail",
    }
    alerts = await respond("get_alerts")
    assert alerts.keys() == {
        "alerts",
        "complete",
        "count",
        "disabled",
        "known",
        "last_alive_at",
        "not_found",
        "not_yet_known",
        "not_loaded",
        "nothing_known",
        "notices",
        "summary",
    }
    assert [alert.keys() for alert in alerts["alerts"]] == [ALERT]
    assert (await respond("get_digest")).keys() == {
        "all_clear",
        "complete",
        "count",
        "digest",
        "disabled",
        "headline",
        "known",
        "last_alive_at",
        "not_found",
        "not_yet_known",
        "not_loaded",
        "nothing_known",
    }
    deliveries = await respond(
        "get_deliveries", config_entry_id="01JBLEEMEO0000000000000000"
    )
    assert deliveries.keys() == {"deliveries"}
    assert [each.keys() for each in deliveries["deliveries"]] == [DELIVERY, DELIVERY]
