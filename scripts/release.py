"""Check that tag, versions and changelog agree, and print what is left to do.

The Marketplace and HACS show the version of the tag, Home Assistant that of the
manifest: users who compare the two must find the same.
"""

import argparse
from datetime import date
import json
from pathlib import Path
import re
import subprocess
import sys
import tomllib

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = "custom_components/bleemeo/manifest.json"

TAG = re.compile(r"v(\d+\.\d+\.\d+)")
SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\] - (?P<day>\S+)\n(?P<text>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)


def versions(root: Path) -> dict[str, str]:
    """Return the version in each file."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lock = tomllib.loads((root / "uv.lock").read_text("utf-8"))
    newest = newest_section(root)
    return {
        MANIFEST: json.loads((root / MANIFEST).read_text("utf-8"))["version"],
        "pyproject.toml": project["version"],
        "uv.lock": next(
            package["version"]
            for package in lock["package"]
            if package["name"] == project["name"]
        ),
        "CHANGELOG.md": newest["version"] if newest else "none",
    }


def newest_section(root: Path) -> dict[str, str] | None:
    """Return version, day and text of the changelog's first section."""
    match = SECTION.search((root / "CHANGELOG.md").read_text("utf-8"))
    return match.groupdict() if match else None


def problems(root: Path, tag: str) -> list[str]:
    """Return what prevents a release with this tag, and what to do about it."""
    match = TAG.fullmatch(tag)
    if match is None:
        return [f"The tag {tag} is none of the form v1.2.3."]
    found = [
        f"{name} says {version}, and the tag {match[1]}: change one of them."
        for name, version in versions(root).items()
        if version != match[1]
    ]
    section = newest_section(root)
    if section is not None:
        if not _is_day(section["day"]):
            found.append(
                f"CHANGELOG.md dates the newest version {section['day']}: put the day"
                " of the release there, as in 2026-11-24."
            )
        if not section["text"].strip():
            found.append("CHANGELOG.md says nothing of the newest version.")
    if _git(root, "status", "--porcelain"):
        found.append("There are changes that are not committed: commit them first.")
    if _git(root, "tag", "--list", tag) and _git(root, "rev-list", "-1", tag) != _git(
        root, "rev-parse", "HEAD"
    ):
        found.append(
            f"The tag {tag} is on another commit already: choose a new version."
        )
    return found


def main() -> int:
    """Check the tag that the command line names and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("tag", help="of the release, such as v1.2.3")
    tag = parser.parse_args().tag
    if found := problems(ROOT, tag):
        print(f"{tag} cannot be released:", *found, sep="\n- ")
        return 1
    print(
        f"Tag, versions and changelog agree on {tag[1:]}. What is left:",
        f"git tag --annotate {tag} --message {tag} && git push origin {tag}",
        f"then a GitHub release of {tag}, not a pre-release, with that section of"
        " CHANGELOG.md as its text",
        sep="\n- ",
    )
    return 0


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _git(root: Path, *arguments: str) -> str:
    result = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
