"""Tests of which addresses of network cards tell a machine from all others."""

import pytest

from custom_components.bleemeo.api.network_card import read_mac


@pytest.mark.parametrize(
    "text", ["3C:EC:EF:01:02:03", "3c-ec-ef-01-02-03", "3cec.ef01.0203", "3CECEF010203"]
)
def test_an_address_of_a_maker_is_read_in_each_form(text: str) -> None:
    """As Home Assistant writes it."""
    assert read_mac(text) == "3c:ec:ef:01:02:03"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "3c:ec:ef:01:02",
        "3c:ec:ef:01:02:0g",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "01:00:5e:00:00:01",
        "02:42:ac:11:00:02",
        "52:54:00:12:34:56",
        "00:50:56:12:34:56",
        "08:00:27:12:34:56",
        "bc:24:11:12:34:56",
    ],
)
def test_what_another_machine_can_have_is_none(text: str) -> None:
    """Of a container, a virtual machine, a group, or of nobody."""
    assert read_mac(text) is None
