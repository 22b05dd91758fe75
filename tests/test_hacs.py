"""Test what HACS and the Marketplace require of an integration's repository.

The rules follow `custom_components/hacs/validate` and `utils/validate.py` of
hacs/integration, whose action runs in the workflow "Validate". What only GitHub knows
(description, topics, issues, archived or not) is left to that.
"""

import json
import re
import tomllib
from typing import Any

from awesomeversion import AwesomeVersion
from PIL import Image
import pytest
import voluptuous as vol

from homeassistant.helpers import config_validation as cv

from .source import INTEGRATION, ROOT, read_json

HACS = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Optional("content_in_root"): bool,
        vol.Optional("country"): vol.Any(str, [str]),
        vol.Optional("filename"): str,
        vol.Optional("hacs"): str,
        vol.Optional("hide_default_branch"): bool,
        vol.Optional("homeassistant"): str,
        vol.Optional("persistent_directory"): str,
        vol.Optional("render_readme"): bool,
        vol.Optional("zip_release"): bool,
    }
)
MANIFEST = vol.Schema(
    {
        vol.Required("codeowners"): list,
        vol.Required("documentation"): cv.url,
        vol.Required("domain"): str,
        vol.Required("issue_tracker"): cv.url,
        vol.Required("name"): str,
        vol.Required("version"): vol.Coerce(AwesomeVersion),
    },
    extra=vol.ALLOW_EXTRA,
)

# the file names that Home Assistant serves, with the sizes of the square icons
ICONS = {
    f"{theme}icon{scale}.png": side
    for theme in ("", "dark_")
    for scale, side in (("", 256), ("@2x", 512))
}
LOGOS = {f"{theme}logo{scale}.png" for theme in ("", "dark_") for scale in ("", "@2x")}

HOME_ASSISTANT = re.compile(r"^homeassistant==(\S+)", re.MULTILINE)


@pytest.fixture(name="hacs")
def read_hacs() -> dict[str, Any]:
    """Return the repository's metadata for HACS and the Marketplace."""
    content: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text("utf-8"))
    return content


def test_hacs_json(hacs: dict[str, Any]) -> None:
    """It has only known keys, and nothing has to be built for a release."""
    HACS(hacs)
    assert hacs["name"] == read_json("manifest.json")["name"]
    assert not hacs.get("content_in_root")
    assert not hacs.get("zip_release")


def test_manifest() -> None:
    """It has what a catalog shows, and what a user who needs help looks for."""
    MANIFEST(read_json("manifest.json"))


def test_the_oldest_home_assistant_is_the_one_that_is_tested(
    hacs: dict[str, Any],
) -> None:
    """Older versions cannot install it, and the README says the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert any("homeassistant" in name for name in project["dependency-groups"]["dev"])
    tested = [
        version
        for lock in (ROOT / "requirements").iterdir()
        for version in HOME_ASSISTANT.findall(lock.read_text("utf-8"))
    ]
    assert hacs["homeassistant"] == min(tested, key=AwesomeVersion)
    assert hacs["homeassistant"] in (ROOT / "README.md").read_text("utf-8")


def test_there_is_one_integration() -> None:
    """The repository has one, in a folder named by its domain."""
    folders = [
        path.name
        for path in (ROOT / "custom_components").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    ]
    assert folders == [read_json("manifest.json")["domain"]]


def test_images() -> None:
    """Icons are transparent squares of the sizes that Home Assistant requires."""
    images = {path.name: path for path in (INTEGRATION / "brand").iterdir()}
    assert {"icon.png", "icon@2x.png"} <= images.keys() <= ICONS.keys() | LOGOS
    for name, path in images.items():
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert image.mode == "RGBA"
            alpha = image.getchannel("A")
            # trimmed: there is no empty border
            assert alpha.getbbox() == (0, 0, *image.size), name
            if side := ICONS.get(name):
                assert image.size == (side, side)
                assert alpha.getextrema()[0] == 0


def test_the_repository_tells_what_it_is() -> None:
    """With a README that has a picture, and a licence that GitHub recognizes."""
    assert "![" in (ROOT / "README.md").read_text("utf-8")
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
