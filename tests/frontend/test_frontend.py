"""Tests of the modules that the frontend loads: their addresses and freshness."""

from graphlib import TopologicalSorter
import json
from pathlib import Path
import re
import shutil
from unittest.mock import Mock

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.bleemeo import frontend
from custom_components.bleemeo.const import DOMAIN
from custom_components.bleemeo.hub import Lifecycle
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, UrlManager
from homeassistant.const import EVENT_COMPONENT_LOADED
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import recursive_flatten
from homeassistant.setup import async_setup_component
from tests import setup_integration

FOLDER = frontend.FOLDER
ENGLISH = FOLDER.parent / "translations" / "en.json"
MODULES = sorted(path.name for path in FOLDER.glob("*.js"))
IMPORT = re.compile(r'\b(?:from|import)\b[\s(]*"([^"]*)"')
COMMENTS = re.compile(r"/\*.*?\*/|^\s*//.*$", re.DOTALL | re.MULTILINE)
# what browsers of 2020 do not know, which Home Assistant's frontend still serves
TOO_NEW = {
    "optional chaining": r"\w\?\.\D|\?\.\[|\?\.\(",
    "nullish coalescing": r"\?\?",
    "logical assignment": r"(?:\|\||&&)=",
    "private members": r"\bthis\.#|^\s+#\w+",
    "static blocks": r"\bstatic \{",
    "top-level await": r"^await ",
    "new methods": r"\.(?:at|findLast|replaceAll|replaceChildren|toSorted|toReversed|hasOwn)\(",
    "reflected ARIA": r"\baria[A-Z]\w+\s*[:=]",
    "new CSS": r"@container|@layer|:has\(|:is\(|:where\(|\binset:|color-mix|^\s*&",
}


@pytest.fixture(name="folder")
def copy_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Copy the modules to where a test may change them."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "frontend"))
    monkeypatch.setattr(frontend, "FOLDER", folder)
    return folder


async def load_frontend(hass: HomeAssistant) -> UrlManager:
    """Pretend that the frontend is set up; return the URLs that it must load."""
    # the frontend itself, with all its files, is not installed here
    urls = hass.data[DATA_EXTRA_MODULE_URL] = UrlManager(Mock(), [])
    hass.config.components.add("frontend")
    hass.bus.async_fire(EVENT_COMPONENT_LOADED, {"component": "frontend"})
    await hass.async_block_till_done(wait_background_tasks=True)
    return urls


async def set_up(hass: HomeAssistant) -> URL:
    """Set up the integration without an entry; return the first module's address."""
    assert await async_setup_component(hass, "http", {})
    urls = await load_frontend(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    [url] = urls.urls
    return URL(url)


def update(module: Path) -> None:
    """Change a module on disk."""
    with module.open("a", encoding="utf-8") as file:
        file.write("// updated\n")


def version() -> str:
    """Return the version of the modules on disk."""
    return frontend.ModuleView(frontend._read()).version


@pytest.mark.parametrize("frontend_first", [True, False])
async def test_the_module_is_loaded_by_itself(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    entry: MockConfigEntry,
    frontend_first: bool,
) -> None:
    """Once, however many entries there are, and cached by the browser."""
    assert await async_setup_component(hass, "http", {})
    if frontend_first:
        urls = await load_frontend(hass)
    await setup_integration(hass, entry)
    await setup_integration(
        hass, MockConfigEntry(domain=DOMAIN, data={**entry.data, "webhook_id": "other"})
    )
    if not frontend_first:
        urls = await load_frontend(hass)
    [url] = urls.urls
    client = await hass_client_no_auth()
    answer = await client.get(url)
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert answer.headers["Cache-Control"] == "public, max-age=2678400"
    assert await answer.text() == (FOLDER / frontend.ENTRY).read_text("utf-8")


async def test_all_that_is_imported_is_served_under_one_version(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Beside the entry module; no module is unused, and none imports itself."""
    entry = await set_up(hass)
    client = await hass_client_no_auth()
    imports: dict[URL, set[URL]] = {}
    wanted = {entry}
    while wanted:
        url = wanted.pop()
        answer = await client.get(url)
        assert answer.status == 200, url
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cache-Control"] == "public, max-age=2678400"
        names = IMPORT.findall(await answer.text())
        imports[url] = {url.join(URL(name)) for name in names}
        wanted |= imports[url] - imports.keys()
    assert {url.parent for url in imports} == {entry.parent}
    assert sorted(url.name for url in imports) == MODULES
    # raises if there is a cycle
    assert [*TopologicalSorter(imports).static_order()][-1] == entry


async def test_the_address_changes_with_the_module(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, folder: Path
) -> None:
    """So a cached copy is not used after an update, and can notice the update."""
    before = version()
    update(folder / frontend.ENTRY)
    url = await set_up(hass)
    client = await hass_client_no_auth()
    assert (await (await client.get(url)).text()).endswith("// updated\n")
    # this is how the page checks whether it is out of date
    assert (await client.head(url)).status == 200
    assert url.parent.name != before
    old = f"/{DOMAIN}/{before}/{frontend.ENTRY}"
    assert (await client.head(old)).status == 410
    assert (await client.get(old)).status == 410


@pytest.mark.parametrize("name", MODULES)
def test_browsers_of_2020_can_read_each_module(name: str) -> None:
    """There is no build step that would translate what is newer."""
    code = COMMENTS.sub("", (FOLDER / name).read_text("utf-8"))
    found = {
        what: match[0]
        for what, pattern in TOO_NEW.items()
        if (match := re.search(pattern, code, re.MULTILINE))
    }
    assert found == {}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_one_concern(name: str) -> None:
    """It says which on its first line, and fits on a few screens."""
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    assert lines[0].startswith("/**")
    assert len(lines) <= 300


def test_each_text_is_there_and_is_used() -> None:
    """A key that is made up of parts stands for all that it may become."""
    code = "\n".join((FOLDER / name).read_text("utf-8") for name in MODULES)
    known = set(
        recursive_flatten("", json.loads(ENGLISH.read_text("utf-8"))["config_panel"])
    )
    used = set(re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', code))
    made = re.findall(r"`([a-z_]+\.[a-z_]*\$\{[^`]*)`", code)
    patterns = [re.sub(r"\$\{[^}]*\}", "[a-z_0-9]+", each) for each in made]
    patterns += [f"{re.escape(each)}(_one|_other)?" for each in used]
    assert {
        key
        for key in known
        # these are spoken, not shown
        if not key.startswith("voice.")
        and not any(re.fullmatch(pattern, key) for pattern in patterns)
        and not re.fullmatch(r"count\.\w+", key)
    } == set()
    groups = {key.partition(".")[0] for key in known}
    assert {
        key
        for key in used
        if key.partition(".")[0] in groups
        and not {key, f"{key}_one", f"{key}_other"} & known
    } == set()


@pytest.mark.parametrize("name", MODULES)
def test_what_a_server_sent_is_never_markup(name: str) -> None:
    """No module puts text into a page as HTML, and none asks another machine."""
    code = COMMENTS.sub("", (FOLDER / name).read_text("utf-8"))
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", code
    )
    addresses = re.findall(r"https?://[\w./-]+", code)
    assert all(
        address.startswith(
            ("https://github.com/bleemeo-home-assistant/", "http://www.w3.org/")
        )
        for address in addresses
    )


@pytest.mark.parametrize("name", MODULES)
def test_the_version_changes_with_each_module(folder: Path, name: str) -> None:
    """With its content and its name, and with nothing else."""
    before = version()
    update(folder / "__init__.py")
    assert version() == before
    update(folder / name)
    updated = version()
    assert updated != before
    (folder / name).rename(folder / f"_{name}")
    assert version() not in {before, updated}


async def test_an_update_on_disk_waits_for_the_restart(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, folder: Path
) -> None:
    """A page opened before the restart gets all of the old modules."""
    url = await set_up(hass)
    for name in MODULES:
        update(folder / name)
    (folder / MODULES[-1]).unlink()
    client = await hass_client_no_auth()
    for name in MODULES:
        answer = await client.get(url.with_name(name))
        assert answer.status == 200
        assert await answer.read() == (FOLDER / name).read_bytes()
    new = f"/{DOMAIN}/{version()}/{url.name}"
    assert (await client.get(new)).status == 410


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("__init__.py", 404),
        ("none.js", 404),
        ("", 404),
        ("../const.py", 404),
        ("..%2Fconst.py", 400),
        (f"{DOMAIN}.js/../__init__.py", 404),
    ],
)
async def test_only_modules_are_served(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    name: str,
    status: int,
) -> None:
    """Nothing else in the folder, nor beside it."""
    entry = await set_up(hass)
    client = await hass_client_no_auth()
    url = URL(f"{entry.parent}/{name}", encoded=True)
    assert (await client.get(url)).status == status
    assert (await client.head(url)).status == status


async def test_it_works_without_a_frontend(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Alerts are taken even without a frontend."""
    await setup_integration(hass, entry)
    assert entry.runtime_data.hub.lifecycle is Lifecycle.READY
    assert DATA_EXTRA_MODULE_URL not in hass.data
