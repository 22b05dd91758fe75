"""Tests that a text calls pages, buttons and other texts what people find them called."""

from collections import defaultdict
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import pytest

from homeassistant.helpers.translation import recursive_flatten

from .test_translations import ENGLISH, LANGUAGES, read

# Home Assistant's own texts, by what they say in English
PAGES = {
    "Settings": "panel.config",
    "Repairs": "ui.panel.config.repairs.caption",
    "Devices & services": "ui.panel.config.dashboard.devices.main",
    "Dashboards": "ui.panel.config.dashboard.dashboards.main",
    "Add dashboard": "ui.panel.config.lovelace.dashboards.picker.add_dashboard",
    "System": "ui.panel.config.dashboard.system.main",
    "Network": "ui.panel.config.network.caption",
    "Reconfigure": "ui.panel.config.integrations.config_entry.reconfigure",
}
WORDS = {
    "Press Submit": "ui.panel.config.integrations.config_flow.submit",
    "Activity": "panel.logbook",
    "under Edit": "ui.panel.lovelace.editor.edit_card.edit",
    "*Reconfigure*": PAGES["Reconfigure"],
    "*Internet*": "ui.panel.config.url.external_url_label",
}
SAME = ("Bleemeo", "Home Assistant Cloud", "⋮", "⚙")
API = "Access to Bleemeo's API"
STEPS = "|".join(map(re.escape, [*PAGES, *SAME, API]))
WAY = re.compile(rf"Settings(?: > (?:{STEPS}))+")
# a name in quotes, or of a button or an action in Markdown
QUOTED = re.compile(r'"(.+?)"|(?<!\*)\*(?:Bleemeo: )?(\w[^*>]+?)\*(?!\*)')


@pytest.fixture(scope="module")
def of_home_assistant() -> dict[str, dict[str, str]]:
    """Return Home Assistant's own texts in each language, where its pages are there."""
    frontend = pytest.importorskip("hass_frontend")
    root = Path(frontend.where()) / "static" / "translations"
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for language in ("en", *LANGUAGES):
        for folder in (root, root / "config", root / "lovelace"):
            for file in folder.glob(f"{language}-*.json"):
                content: dict[str, Any] = json.loads(file.read_text("utf-8"))
                texts[language] |= recursive_flatten("", content)
    return texts


def named(text: str) -> Iterator[str]:
    """Return the names that a text has in quotes or in Markdown."""
    for groups in QUOTED.findall(text):
        yield from filter(None, groups)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_called_what_home_assistant_calls_it(
    language: str, of_home_assistant: dict[str, dict[str, str]]
) -> None:
    """So that whoever is sent there finds it."""
    theirs, texts = of_home_assistant[language], read(language)
    english = of_home_assistant["en"]
    assert {word: english[key] for word, key in PAGES.items()} == {w: w for w in PAGES}
    steps = {word: theirs[key] for word, key in PAGES.items()}
    steps |= {word: word for word in SAME}
    steps[API] = texts["config.step.api.title"]
    arrow = " → " if language == "de" else " > "
    found = set()
    for key, text in ENGLISH.items():
        for way in WAY.findall(text):
            found.add(way)
            own = arrow.join(steps[step] for step in way.split(" > "))
            assert own in texts[key], key
        for word, their_key in WORDS.items():
            if word in text:
                found.add(word)
                assert theirs[their_key].casefold() in texts[key].casefold(), key
    assert found >= {*WORDS, "Settings > Repairs"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_names_another_one_has_its_name(language: str) -> None:
    """A trigger, an action or a button has one name."""
    texts = read(language)
    names = defaultdict(set)
    for key, text in ENGLISH.items():
        names[text].add(texts[key])
    found = set()
    for key, text in ENGLISH.items():
        for name in named(text):
            if name in names:
                found.add(name)
                assert any(each in texts[key] for each in names[name]), (key, name)
    assert len(found) > 5


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "unknown alert"),
        ("cs", r"neznám\w+ výstra"),
        ("da", r"ukendte? vars"),
        ("de", r"unbekannte[nrms]? Alarm"),
        ("es", r"alertas? desconocid"),
        ("fr", r"alertes? inconnu"),
        ("it", r"allarm[ei] sconosciut"),
        ("nl", r"onbekende? alarm"),
        ("pl", r"nieznan\w+ alert|alert\w* nieznan"),
        ("pt", r"alertas? desconhecid"),
        ("pt-BR", r"alertas? desconhecid"),
        ("sv", r"okän[dt]a? larm"),
    ],
)
def test_what_is_unknown_is_the_status(language: str, words: str) -> None:
    """The alert itself is known well."""
    found = re.compile(words, re.IGNORECASE)
    assert [key for key, text in read(language).items() if found.search(text)] == []


@pytest.mark.parametrize("language", ["pt", "pt-BR"])
@pytest.mark.parametrize("kind", ["automation", "script"])
def test_portuguese_leaves_no_article_after_a_preposition(
    language: str, kind: str
) -> None:
    """By the automation is "pela", not "por a": so the name has no article."""
    texts = read(language)
    caller = texts[f"selector.caller.options.{kind}"]
    for key in ("acknowledged_by", "silenced_by"):
        said = texts[f"selector.logbook.options.{key}"].format(by=caller)
        assert not re.search(r"\bpor [ao]s?\b", said), said
