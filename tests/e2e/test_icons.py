"""The frontend has each icon that is named."""

from importlib.resources import files
import json
import re

from scripts.house import INTEGRATION

ICON = re.compile(r"\bmdi:([a-z0-9-]+)")


def drawn() -> set[str]:
    """Return the names of the icons that the frontend can draw."""
    # icons in alphabetical chunks, besides indexes of the chunks
    contents = [
        json.loads(path.read_text("utf-8"))
        for path in files("hass_frontend").joinpath("static/mdi").iterdir()
        if path.name.endswith(".json")
    ]
    return {
        name
        for content in contents
        if isinstance(content, dict) and "parts" not in content
        for name in content
    }


def test_each_icon_is_there() -> None:
    """A wrong name leaves an empty place, without an error."""
    named = {
        name
        for path in INTEGRATION.rglob("*")
        if path.suffix in {".js", ".json", ".py", ".yaml"}
        for name in ICON.findall(path.read_text("utf-8"))
    }
    assert named
    assert named - drawn() == set()
