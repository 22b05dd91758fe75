"""Print what the installed Home Assistant needs to run the unit tests, in its versions.

Names are those of the group `e2e` in pyproject.toml. Versions are those of Home Assistant's
own constraints and manifests, and of pyproject.toml where these name none.
"""

from importlib.metadata import version
import json
from pathlib import Path
import re
import tomllib

import homeassistant

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = Path(homeassistant.__file__).parent
PIN = re.compile(r"([\w.-]+)==([^\s;]+)")
# of the end-to-end tests alone
BROWSER = {"axe-playwright-python", "playwright"}


def pins() -> dict[str, str]:
    """Return the version of each package by its name."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = groups["dependency-groups"]["e2e"]
    wanted = {match[1]: match[2] for line in lines if (match := PIN.match(line))}
    asked = (INSTALLED / "package_constraints.txt").read_text("utf-8").splitlines()
    for path in INSTALLED.glob("components/*/manifest.json"):
        asked += json.loads(path.read_text("utf-8")).get("requirements", [])
    for line in asked:
        if (match := PIN.match(line)) and match[1] in wanted:
            wanted[match[1]] = match[2]
    wanted["homeassistant"] = version("homeassistant")
    return {
        name: pinned
        for name, pinned in wanted.items()
        if name not in BROWSER and not name.startswith("pytest")
    }


if __name__ == "__main__":
    print(*(f"{name}=={pinned}" for name, pinned in pins().items()), sep="\n")
