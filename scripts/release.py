"""Check that tag, versions, links and changelog agree, so that a tag can be released.

The Marketplace and HACS show the version of the tag, Home Assistant that of the
manifest: users who compare the two must find the same. What is installed links to the
documents of its own version.
"""

import argparse
from datetime import UTC, date, datetime
import json
from pathlib import Path
import re
import subprocess
import sys
import tomllib

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = "custom_components/bleemeo"
MANIFEST = f"{INTEGRATION}/manifest.json"

TAG = re.compile(r"v(\d+\.\d+\.\d+)")
LINK = re.compile(r"(?<=/blob/v)\d+\.\d+\.\d+(?=/)")
SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\] - (?P<day>\S+)\n(?P<text>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)


def versions(root: Path) -> dict[str, str]:
    """Return the version in each file."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    newest = newest_section(root)
    return {
        MANIFEST: json.loads((root / MANIFEST).read_text("utf-8"))["version"],
        "pyproject.toml": project["version"],
        "CHANGELOG.md": newest["version"] if newest else "none",
    }


def shipped_links(root: Path) -> dict[str, str]:
    """Return the version that each installed file with such a link points at."""
    return {
        str(path.relative_to(root)): match[0]
        for path in sorted((root / INTEGRATION).rglob("*.js*"))
        for match in LINK.finditer(path.read_text("utf-8"))
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
    found += [
        f"{name} links to the documents of {version}, and the tag is {match[1]}."
        for name, version in shipped_links(root).items()
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


def prepare(root: Path, version: str, day: date) -> None:
    """Write a version into every file that has one, and date its section."""
    _replace(root / MANIFEST, r'(?<="version": ")[^"]+', version)
    _replace(root / "pyproject.toml", r'(?<=^version = ")[^"]+', version)
    for name in shipped_links(root):
        _replace(root / name, LINK.pattern, version)
    _replace(root / "CHANGELOG.md", r"^## \[[^\]]+\] - \S+", f"## [{version}] - {day}")


def main() -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("tag", help="of the release, such as v1.2.3")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--prepare",
        action="store_true",
        help="write the version into all files, and today into the changelog",
    )
    what.add_argument(
        "--notes", action="store_true", help="print the release's text if all agrees"
    )
    arguments = parser.parse_args()
    tag: str = arguments.tag
    if TAG.fullmatch(tag) is None:
        parser.error(f'"{tag}" is no tag of the form v1.2.3')
    if arguments.prepare:
        section = newest_section(ROOT)
        if section is None or _is_day(section["day"]):
            sys.exit(
                "scripts/release: the newest version in CHANGELOG.md is released"
                " already. Begin a section for the next one:"
                f" ## [{tag[1:]}] - unreleased"
            )
        prepare(ROOT, tag[1:], datetime.now(UTC).date())
        print(f"All files say {tag[1:]}. Look at git diff, run scripts/test, commit.")
        return 0
    if found := problems(ROOT, tag):
        print(f"{tag} cannot be released:", *found, sep="\n- ", file=sys.stderr)
        return 1
    if arguments.notes:
        section = newest_section(ROOT)
        assert section is not None
        print(section["text"].strip())
        return 0
    print(
        f"Tag, versions, links and changelog agree on {tag[1:]}. What is left:",
        f"git tag --annotate {tag} --message {tag} && git push origin {tag}",
        "the workflow Release then tests that tag and makes the GitHub release of it,"
        " with the changelog's section as its text",
        sep="\n- ",
    )
    return 0


def _replace(path: Path, pattern: str, replacement: str) -> None:
    """Replace the first match in a file, which must have one."""
    text, count = re.subn(
        pattern,
        replacement,
        path.read_text("utf-8"),
        count=1,
        flags=re.MULTILINE,
    )
    assert count == 1, path
    path.write_text(text, "utf-8")


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
