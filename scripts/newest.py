"""The unit tests on the newest Home Assistant, for which there is no test plugin yet.

The plugin of an older one works, once two things are as they were for it.
"""

import sys

import pytest

# before any plugin of pytest: it puts its own httpx in the place of theirs
import homeassistant  # noqa: F401
from homeassistant.components import logger
from homeassistant.components.logger import helpers

NAME = "_clear_logger_overwrites"


def main() -> int:
    """Run pytest with the arguments of the command line and return its exit code."""
    if not hasattr(logger, NAME):
        # it has moved since
        setattr(logger, NAME, getattr(helpers, NAME))
    return pytest.main(["-p", "no:cacheprovider", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
