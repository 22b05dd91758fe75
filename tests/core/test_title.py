"""Tests of reading a title and a text."""

import pytest

from custom_components.bleemeo.core.title import Reading, Title


@pytest.mark.parametrize(
    ("title", "status_text", "expected"),
    [
        ("web01 - CPU is Critical", "Critical", Title("web01", "CPU")),
        ("web01 - CPU is OK", None, Title("web01", "CPU")),
        ("web01 - CPU is down", "Down", Title("web01", "CPU")),
        (
            "srv - Disk used (/home) is Critical",
            "Critical",
            Title("srv", "Disk used (/home)"),
        ),
        (
            "shop - https://a/ - checkout is slow is Warning",
            "Warning",
            Title("shop", "https://a/ - checkout is slow"),
        ),
        ("CPU is Critical", "Critical", Title(None, "CPU is Critical")),
        ("web01 - CPU", "OK", Title(None, "web01 - CPU")),
        ("web01 - CPU is odd", "OK", Title(None, "web01 - CPU is odd")),
        ("web01 - CPU is ", None, Title(None, "web01 - CPU is ")),
        (" - CPU is OK", "OK", Title(None, " - CPU is OK")),
        ("web01 -  is OK", "OK", Title(None, "web01 -  is OK")),
        ("web01 - CPU est OK", "OK", Title(None, "web01 - CPU est OK")),
    ],
)
def test_a_title_is_split_or_left_whole(
    title: str, status_text: str | None, expected: Title
) -> None:
    """It is split at the first dash and the last verb; else it names the metric."""
    assert Title.parse(title, status_text) == expected


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
        ("Current value: 5.00\nand more", Reading()),
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
