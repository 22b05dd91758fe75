"""Find complaints about the integration, and secrets, in Home Assistant's log."""

import re

from scripts.house import House

# logged by Home Assistant for every custom integration
_OF_ALL = "We found a custom integration bleemeo which has not been tested"

# of a higher level, or a warning of Python, which has no level
_COMPLAINT = re.compile(r" (WARNING|ERROR|CRITICAL) |\w*Warning: ")


def leaks(house: House) -> list[str]:
    """Return the lines that contain a secret."""
    return [
        line
        for line in house.log().splitlines()
        if any(secret in line for secret in house.secrets)
    ]


def complaints(log: str, *expected: str) -> list[str]:
    """Return the lines that complain about the integration, except expected ones.

    They are its own, those about it ("Detected that custom integration 'bleemeo' ..."),
    and Python's about its files.
    """
    return [
        line
        for line in log.splitlines()
        if "bleemeo" in line
        and _COMPLAINT.search(line)
        and not any(text in line for text in (_OF_ALL, *expected))
    ]
