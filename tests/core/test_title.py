"""Tests of reading a title and a text."""

import pytest

from custom_components.bleemeo.core.title import Reading, Title, shorten_title


@pytest.mark.parametrize(
    ("title", "status_text", "host", "name"),
    [
        ("web01 - CPU is Critical", "Critical", "web01", "CPU"),
        ("web01 - CPU is OK", None, "web01", "CPU"),
        ("web01 - CPU is down", "Down", "web01", "CPU"),
        ("srv - Disk used (/home) is OK", "OK", "srv", "Disk used (/home)"),
        ("shop - a - page is slow is OK", "OK", "shop", "a - page is slow"),
        ("web01: CPU is Critical", "Critical", "web01", "CPU"),
        ("web01: a - b is OK", "OK", "web01", "a - b"),
        ("web01 - Agent is disconnected", "Critical", "web01", "Agent"),
        ("web01 - Agent is not connected any more", None, "web01", "Agent"),
        ("h - m est Critique", "Critique", "h", "m"),
        ("h - m er ikke OK", "ikke ok", "h", "m"),
        ("h - m (/home) está Crítico", "crítico", "h", "m (/home)"),
        ("web01 - CPU Critical", "Critical", "web01", "CPU"),
        ("CPU is Critical", "Critical", None, "CPU"),
    ],
)
def test_a_title_that_ends_in_a_status_names_the_metric(
    title: str, status_text: str | None, host: str | None, name: str
) -> None:
    """The host stands before the first separator; one phrase with a status is dropped."""
    read = Title.parse(title, status_text)
    assert (read.host, read.metric_name(), read.has_status) == (host, name, True)


@pytest.mark.parametrize(
    ("title", "status_text", "host", "name"),
    [
        ("web01 - CPU", "OK", "web01", "CPU"),
        ("h - m est Critique", None, "h", "m est Critique"),
        ("Backup age critical", "Critical", None, "Backup age critical"),
        ("web01 - CPU is", None, "web01", "CPU is"),
        ("- CPU", "OK", None, "- CPU"),
        ("web01 -", "OK", None, "web01 -"),
        ("is", "is", None, "is"),
        ("web01:8080", None, None, "web01:8080"),
        ("a - OK", "OK", "a", "OK"),
    ],
)
def test_a_title_that_ends_in_no_status_is_left_as_it_is(
    title: str, status_text: str | None, host: str | None, name: str
) -> None:
    """Its end cannot be told from its name."""
    read = Title.parse(title, status_text)
    assert (read.host, read.metric_name(), read.has_status) == (host, name, False)


@pytest.mark.parametrize(
    ("title", "called", "name"),
    [
        ("web01 CPU is OK", "web01", "CPU"),
        ("web01, CPU is OK", "web01", "CPU"),
        ("web01 | CPU is OK", "web01", "CPU"),
        ("web01 is OK", "web01", "web01"),
        ("web01-old CPU is OK", "web01", "web01-old CPU"),
        ("web01.example.com CPU is OK", "web01", "web01.example.com CPU"),
        ("web010 CPU is OK", "web01", "web010 CPU"),
        ("rack 3 - web01 - CPU is OK", "rack 3 - web01", "CPU"),
        ("web01 - CPU is OK", "CPU", "CPU"),
    ],
)
def test_what_the_agent_was_called_before_is_a_host_whatever_follows(
    title: str, called: str, name: str
) -> None:
    """Unless it is only the beginning of another name."""
    assert Title.parse(title).metric_name(None, called) == name


@pytest.mark.parametrize(
    ("title", "status_text"),
    [
        (f"web01 - {'long ' * 100}name is Critical", "Critical"),
        (f"web01: {'x' * 300} est Critique", "Critique"),
    ],
)
def test_a_long_title_is_cut_in_the_middle(title: str, status_text: str) -> None:
    """Host and status stay, and the metric's name says that it goes on."""
    short = shorten_title(title, status_text, 255)
    assert len(short) <= 255
    assert short.endswith(title[-9:])
    read = Title.parse(short, status_text)
    assert (read.host, read.has_status) == ("web01", True)
    assert read.metric_name().endswith("…")
    assert shorten_title(short, status_text, 255) == short


def test_a_title_that_is_all_status_is_cut_at_its_end() -> None:
    """What then remains is its beginning."""
    assert shorten_title(f"a - b is {'x' * 300}", None, 20) == "a - b is xxxxxxxxxxx"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Current value: 0.00", Reading(0.0)),
        ("Current value: 12.00 %", Reading(12.0, "%")),
        ("Current value: -1.00 EBits/s", Reading(-1.0, "EBits/s")),
        (
            "Current value: 85.00 % threshold (80.00 %) exceeded over last 1 minute",
            Reading(85.0, "%", 80.0),
        ),
        (
            "Current value: 88.00 threshold (80.00) exceeded over last 5 minutes",
            Reading(88.0, None, 80.0),
        ),
        ("Current value: 5.00 threshold (10.00) exceeded", Reading(5.0, None, 10.0)),
        (
            "Current value: 2.00 % (7 days) threshold (3.75 %) exceeded over last"
            " 1 minute",
            Reading(2.0, "%", 3.75),
        ),
        (
            "Current value: 900.00 MBytes threshold (1.00 GBytes) exceeded",
            Reading(900.0, "MBytes", 1024.0),
        ),
        (
            "Current value: 2.00 KBits/s threshold (512.00 Bits/s) exceeded",
            Reading(2.0, "KBits/s", 0.5),
        ),
        (
            "Current value: 2.00 KBytes threshold (512.00 Bits) exceeded",
            Reading(2.0, "KBytes", None),
        ),
        ("Current value: 45 seconds", Reading(45.0, "s")),
        ("Current value: -2 minutes", Reading(-120.0, "s")),
        (
            "Current value: 1 day 3 hours threshold (1 day) exceeded over last"
            " 5 minutes",
            Reading(97200.0, "s", 86400.0),
        ),
        ("Current value: 0 day", Reading(0.0, "s")),
        ("Current value: 365 days", Reading(31536000.0, "s")),
        ("TCP port 80, Connection refused", Reading()),
        ("Container stopped", Reading()),
        ("Current value: 5.00\nand more", Reading(5.0)),
        (
            "The disk is slow\r\nCurrent value: 7.00 %\nCurrent value: 1.00",
            Reading(7.0, "%"),
        ),
        (
            "Current value: x\nCurrent value: 2.00 % threshold (1.00 %) exceeded",
            Reading(2.0, "%", 1.0),
        ),
        ("Current value: NaN", Reading()),
        ("Current value: 1.2.3", Reading()),
        ("", Reading()),
        (None, Reading()),
    ],
)
def test_numbers_are_read_from_the_forms_that_the_agent_writes(
    text: str | None, expected: Reading
) -> None:
    """Other texts have no numbers."""
    assert Reading.parse(text) == expected
