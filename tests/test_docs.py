"""Tests of the documents: their links resolve, and their examples work."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)
import yaml

from custom_components.bleemeo.const import DOCUMENTATION_URL, DOMAIN
from custom_components.bleemeo.hub import TROUBLES
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications,
)
from homeassistant.components.script import DOMAIN as SCRIPT
from homeassistant.config import async_process_component_config
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr, label_registry as lr
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component

from . import a_day, payload, state
from .conftest import Deliver
from .hostile import shown
from .source import REPOSITORY, ROOT, documents, headings, leaves, texts, without_code

FENCE = re.compile(r"^( *)```ya?ml *$\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
# a file on a branch or, in what is installed, of a version
OURS = re.compile(rf"{re.escape(REPOSITORY)}/blob/[^/]+/")
DASHBOARD_KEYS = {"badges", "cards", "sections", "strategy", "type", "views"}


@dataclass(frozen=True)
class Example:
    """A piece of YAML in a document."""

    path: Path
    line: int
    content: Any

    def __str__(self) -> str:
        """The place of the example."""
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def is_automation(self) -> bool:
        """Whether the automation editor accepts it."""
        return isinstance(self.content, dict) and "triggers" in self.content

    @property
    def is_script(self) -> bool:
        """Whether the script editor accepts it, or it is a list of actions."""
        content = self.content
        return "sequence" in content or (
            isinstance(content, list) and all("action" in step for step in content)
        )

    @property
    def is_dashboard(self) -> bool:
        """Whether it is a dashboard or a part of one."""
        parts = self.content if isinstance(self.content, list) else [self.content]
        return all(
            isinstance(part, dict) and DASHBOARD_KEYS & part.keys() for part in parts
        )


def examples() -> list[Example]:
    """Return all YAML in the documents."""
    return [
        Example(
            path,
            text.count("\n", 0, match.start()) + 1,
            yaml.safe_load(match[2]),
        )
        for path in documents()
        for text in [path.read_text("utf-8")]
        for match in FENCE.finditer(text)
    ]


EXAMPLES = examples()
AUTOMATIONS = [example for example in EXAMPLES if example.is_automation]
SCRIPTS = [example for example in EXAMPLES if example.is_script]
DASHBOARDS = [example for example in EXAMPLES if example.is_dashboard]
OTHERS = [
    example
    for example in EXAMPLES
    if example not in (*AUTOMATIONS, *SCRIPTS, *DASHBOARDS)
]


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub creates for a document's headings."""
    found: dict[str, int] = {}
    names = set()
    for heading in headings(path.read_text("utf-8")):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        names.add(f"{anchor}-{count}" if count else anchor)
    return names


def links(path: Path) -> list[str]:
    """Return a document's links within this repository, including those in pictures."""
    found = re.findall(r"\]\(([^()\s]+)\)", without_code(path.read_text("utf-8")))
    found = [unquote(target) for target in found]
    return [target for target in found if "://" not in target or OURS.search(target)]


def is_there(target: str, document: Path) -> bool:
    """Return whether a link leads to a file, and to a heading in it."""
    path, anchor = _resolve(target, document)
    return path.exists() and (not anchor or anchor in anchors(path))


def _resolve(target: str, document: Path) -> tuple[Path, str]:
    """Return the file and the anchor of a link in a document."""
    ours = OURS.search(target)
    name, _, anchor = (target[ours.end() :] if ours else target).partition("#")
    path = ROOT / name if ours else document.parent / name
    return path.resolve() if name else document, anchor


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_no_link_is_dead(path: Path) -> None:
    """Files, headings and pictures all exist."""
    assert [target for target in links(path) if not is_there(target, path)] == []


def test_no_link_from_the_code_is_dead() -> None:
    """The pages that repairs link to exist."""
    links = [trouble.learn_more_url or "" for trouble in TROUBLES]
    ours = [link for link in links if link.startswith(DOCUMENTATION_URL)]
    assert ours
    for link in ours:
        assert is_there(link, ROOT / "README.md"), link


def test_no_link_from_another_file_is_dead() -> None:
    """Of the manifest, the frontend, the blueprints, and GitHub's forms."""
    found = {
        match[0]: path
        for folder in (".github", "blueprints", "custom_components")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".js", ".json", ".yaml", ".yml"}
        for match in re.finditer(rf"{OURS.pattern}[\w./#-]+", path.read_text("utf-8"))
    }
    assert {"manifest.json", "bleemeo.js", "config.yml"} <= {
        path.name for path in found.values()
    }
    for link, path in found.items():
        assert is_there(link, path), link


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    """The checks above can fail."""
    document = tmp_path / "document.md"
    document.write_text(
        "# A `b` & c\n\n[x](#a-b--c) [y](nowhere.md) [z](#a) ![](gone.png)\n"
        f"[![badge](https://example.com/b.svg)](https://example.com/?u={REPOSITORY}/blob/main/gone)"
    )
    dead = [target for target in links(document) if not is_there(target, document)]
    assert dead[:3] == ["nowhere.md", "#a", "gone.png"]
    assert len(dead) == 4


def test_all_documents_can_be_found() -> None:
    """By following links from the README."""
    found, queue = set(), [ROOT / "README.md"]
    while queue:
        path = queue.pop()
        if path in found or path.suffix != ".md" or not path.exists():
            continue
        found.add(path)
        queue += [_resolve(target, path)[0] for target in links(path)]
    assert {path for path in documents() if path.name != "CHANGELOG.md"} <= found


def test_each_example_is_of_a_known_kind() -> None:
    """An example that is not tested may be wrong."""
    assert AUTOMATIONS
    for example in OTHERS:
        assert isinstance(example.content, dict), f"{example}: what is it?"
        for domain in example.content:
            assert re.fullmatch(r"[a-z_]+", domain), f"{example}: what is {domain}?"


# the first that an automation tells in the day below
DONE: dict[str, str | None] = {
    "Bleemeo, on my phone": "Warning since 00:00: Current value: 85.00 % "
    "threshold (80.00 %) exceeded over last 5 minutes",
    "Bleemeo, critical": "CPU is critical. Current value: 95.00 % "
    "threshold (90.00 %) exceeded over last 5 minutes",
    "Bleemeo, all clear": "CPU is OK again.",
    "Bleemeo, trouble in the rack": "SMART status is critical for 0:05:00. "
    "SMART tests failed on sdb (ST1000LM035)",
    "Bleemeo, a storm in one message": "web01.example.com: CPU is warning.",
    "Bleemeo, is anybody there?": "Nobody attends to CPU on web01.example.com "
    "(reminder 1).",
    "Bleemeo, still critical": "Something is critical, and not only since a moment ago.",
    "Bleemeo, good night": "All servers are well. Good night.",
    "Bleemeo, db01 got worse": "Bleemeo says: TCP port 5432\\, Connection refused",
    "Bleemeo, a disk is nearly full": "Only 3.0 % are left on web01.example.com.",
    "Bleemeo, the backup may be slow at night": "It runs at night",
    "Bleemeo, something was missed": "A change of Disk used (/home) on "
    "web01.example.com never arrived here.",
    "Bleemeo, left for tomorrow": "5 alerts need attention.",
    "Bleemeo, write it down": "CPU is warning.",
    # it answers who asks
    "How was the last day": None,
}
BACKUP = "sensor.web01_example_com_backup"


async def live_through(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """Let a day pass, in which each of the examples has something to tell."""
    day = a_day()
    disk = day[4] | {
        "status": 2,
        "text": "Current value: 97.00 % threshold (90.00 %) exceeded",
        # of which Home Assistant has never heard
        "previous_status_changed_at": "2026-11-20T12:00:00Z",
    }
    over = {each["metric"]: each | {"status": 0, "text": ""} for each in day}
    backup = payload(metric="4bec41e4-4efc-4bb8-b872-000000000001")
    backup["title"] = "web01.example.com - Backup is Warning"
    later = [
        ("2026-11-20T13:00:00Z", [disk]),
        # six in the evening, in the time zone of the tests
        ("2026-11-21T02:00:00Z", []),
        ("2026-11-21T05:00:00Z", [*over.values()]),
        ("2026-11-21T06:30:00Z", []),
        ("2026-11-21T07:00:00Z", [backup]),
    ]
    label = lr.async_get(hass).async_create("rack").label_id
    [entry] = hass.config_entries.async_entries(DOMAIN)
    registry = dr.async_get(hass)
    for at, alerts in [*((each["modified_at"], [each]) for each in day), *later]:
        freezer.move_to(at)
        for alert in alerts:
            news = {"id": None, "status_changed_at": at, "modified_at": at}
            await deliver(alert if alert in day else alert | news)
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            if device.name == "nas.example.com":
                registry.async_update_device(device.id, labels={label})
        # for those that collect what comes within a time
        for seconds in (31, 300):
            async_fire_time_changed(hass)
            await hass.async_block_till_done()
            freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()


@pytest.mark.parametrize("example", AUTOMATIONS, ids=str)
async def test_automations_run(
    hass: HomeAssistant,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
    example: Example,
) -> None:
    """They are set up, and at a day of alerts they do what their page says."""
    freezer.move_to("2026-11-20T07:00:00Z")
    done = mock_actions(hass, example.content)
    for domain in ("persistent_notification", "homeassistant"):
        assert await async_setup_component(hass, domain, {})
    assert await async_setup_component(
        hass, AUTOMATION, {AUTOMATION: [example.content]}
    )
    await hass.async_block_till_done()
    [automation] = hass.states.async_all(AUTOMATION)
    assert automation.state == "on", caplog.text
    await live_through(hass, deliver, freezer)
    assert complaints(caplog) == []
    told = [call.data["message"] for call in done]
    told += [
        each["message"] for each in _async_get_or_create_notifications(hass).values()
    ]
    if comment := state(hass, BACKUP).attributes["acknowledgement_comment"]:
        told.append(comment)
    expected = DONE[example.content["alias"]]
    assert told[:1] == ([] if expected is None else [expected])
    # let nothing wait for a time any more
    await hass.services.async_call(
        AUTOMATION, "turn_off", {"entity_id": automation.entity_id}, blocking=True
    )


@pytest.mark.parametrize("example", SCRIPTS, ids=str)
async def test_scripts_do_what_they_are_named(
    hass: HomeAssistant,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
    example: Example,
) -> None:
    """They run after a day of alerts, and what is different then is as it should be."""
    for domain in ("persistent_notification", "homeassistant"):
        assert await async_setup_component(hass, domain, {})
    for alert in a_day():
        await deliver(alert)
    await deliver({**a_day()[0], "status": 7})
    content = example.content
    assert await async_setup_component(hass, SCRIPT, {SCRIPT: {"example": content}})
    await hass.async_block_till_done()
    # the refused one above is told in the log
    caplog.clear()
    if undone := UNDONE.get(content["alias"]):
        action, entity_id = undone
        await hass.services.async_call(
            DOMAIN, action, target={"entity_id": entity_id}, blocking=True
        )
    await hass.services.async_call(SCRIPT, "example", blocking=True)
    await hass.async_block_till_done()
    assert complaints(caplog) == []
    assert DID[content["alias"]](hass)


def notified(hass: HomeAssistant, title: str, *words: str) -> bool:
    """Whether there is a notification of that title with these words."""
    return any(
        each["title"] == title and all(word in shown(each["message"]) for word in words)
        for each in _async_get_or_create_notifications(hass).values()
    )


def attribute(hass: HomeAssistant, entity_id: str, name: str) -> Any:
    """Return an attribute of an entity that is there."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.attributes[name]


DISK = "sensor.web01_example_com_disk_used_home"
UPS = "sensor.nas_example_com_ups"
# what the example of this name undoes
UNDONE = {
    "Take it back": ("acknowledge", DISK),
    "The NAS is back": ("silence", "sensor.nas_example_com_status"),
}
# whether the example of this name did what the page says
DID: dict[str, Callable[[HomeAssistant], bool]] = {
    "Acknowledge the disk of web01": lambda hass: attribute(hass, DISK, "acknowledged"),
    "Take it back": lambda hass: not attribute(hass, DISK, "acknowledged"),
    "Silence the NAS for its new disks": lambda hass: attribute(hass, UPS, "silenced"),
    "The NAS is back": lambda hass: not attribute(hass, UPS, "silenced"),
    "Say what is critical": lambda hass: notified(
        hass,
        "2 critical alerts",
        "UPS on nas.example.com.",
        "SMART status on nas.example.com.",
    ),
    "Say how it stands": lambda hass: notified(
        hass, "Not all is well", "Bleemeo – open alerts: "
    ),
    "Say how last month was": lambda hass: notified(
        hass, "Last month", " incidents.", "web01.example.com was up for "
    ),
    "Say what was refused": lambda hass: notified(
        hass, "Refused by Home Assistant", "The last 1: ", "status"
    ),
    "Try what happens in an emergency": lambda hass: hass.states.is_state(
        "sensor.test_cpu", "critical"
    ),
    "Say whether alerts can arrive": lambda hass: notified(
        hass, "Alerts of Bleemeo may not arrive", "There is no address"
    ),
    "Forget the old shop": lambda hass: (
        hass.states.get("sensor.shop_example_com_certificate") is None
    ),
}


@pytest.mark.parametrize("example", OTHERS, ids=str)
async def test_configuration_is_valid(hass: HomeAssistant, example: Example) -> None:
    """Each section matches its integration's schema."""
    for domain in example.content:
        integration = await async_get_integration(hass, domain)
        checked = await async_process_component_config(
            hass, example.content, integration, await integration.async_get_component()
        )
        assert checked.exception_info_list == []


@pytest.mark.parametrize("example", DASHBOARDS, ids=str)
def test_dashboards_name_actions_that_there_are(example: Example) -> None:
    """The actions of taps and cards exist."""
    for path, value in leaves(flat(example.content)):
        if path[-1] in {"action", "perform_action"} and str(value).startswith(
            "bleemeo."
        ):
            assert value.removeprefix("bleemeo.") in texts()["services"], example


def flat(content: Any) -> Any:
    """Return lists as mappings, for functions that walk through mappings."""
    if isinstance(content, list):
        return {str(number): flat(value) for number, value in enumerate(content)}
    if isinstance(content, dict):
        return {str(key): flat(value) for key, value in content.items()}
    return content


def mock_actions(hass: HomeAssistant, content: Any) -> list[ServiceCall]:
    """Register all actions that an automation calls, except this integration's.

    Return their calls, as they come.
    """
    calls: list[ServiceCall] = []

    @callback
    def handle(call: ServiceCall) -> None:
        calls.append(call)

    for path, value in leaves(flat(content)):
        if path[-1] == "action" and isinstance(value, str):
            domain, _, action = value.partition(".")
            if domain not in {"bleemeo", "persistent_notification"}:
                hass.services.async_register(domain, action, handle)
    return calls


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return Home Assistant's errors about an example."""
    return [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
        and "We found a custom integration" not in record.getMessage()
        # a machine that is busy is not an example that is wrong
        and not (record.name == "asyncio" and "took" in record.getMessage())
        # which cannot write down a request in a time that stands still
        and record.name != "aiohttp.access"
    ]


async def test_the_pair_of_the_page_tells_what_is_critical_and_when_that_is_over(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """Also if it was a warning before and after; what was never critical is not told."""
    pair = [
        example.content
        for example in AUTOMATIONS
        if example.content["alias"] in {"Bleemeo, critical", "Bleemeo, all clear"}
    ]
    assert len(pair) == 2
    calls = async_mock_service(hass, "notify", "notify")
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: pair})
    await hass.async_block_till_done()
    raised, worsened, eased, cleared = a_day()[:4]
    for alert in (raised, worsened, eased, cleared):
        await deliver(alert)
    again = {"id": None, "status_changed_at": "2026-11-20T12:00:00Z"}
    await deliver(raised | again)
    await deliver(cleared | {"id": None, "status_changed_at": "2026-11-20T12:30:00Z"})
    assert [call.data["message"].partition(".")[0] for call in calls] == [
        "CPU is critical",
        "CPU is OK again",
    ]
