"""What Home Assistant's log says of the integration, and should not."""

import re

# what Home Assistant says of every custom integration
_OF_ALL = "We found a custom integration bleemeo which has not been tested"

# of a higher level, or of Python's own kind, which has none
_COMPLAINT = re.compile(r" (WARNING|ERROR|CRITICAL) |\w*Warning: ")


def complaints(log: str, *expected: str) -> list[str]:
    """Return the lines that complain of the integration, but those that are expected.

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
