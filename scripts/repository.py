"""Move the project to another address on GitHub, wherever the present one is written.

That is the repository's address, plain, percent-encoded or in parts, and the owner's name in the
manifest. Links keep the version or branch that they point at.
"""

import argparse
import json
from pathlib import Path
import re
import subprocess
import sys

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = "custom_components/bleemeo/manifest.json"
# what GitHub itself accepts
ADDRESS = re.compile(
    r"(?P<owner>[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38})/(?P<name>[\w.-]{1,100})"
)


def present_address(root: Path) -> str:
    """Return the repository's present OWNER/NAME, which the manifest tells."""
    manifest = json.loads((root / MANIFEST).read_text("utf-8"))
    tracker: str = manifest["issue_tracker"]
    return tracker.removeprefix("https://github.com/").removesuffix("/issues")


def move(root: Path, address: str) -> list[str]:
    """Write the new OWNER/NAME in place of the present one; return the changed files."""
    present = present_address(root)
    owner = address.partition("/")[0]
    changed = []
    for name in _files(root):
        path = root / name
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        moved = _pattern(present).sub(
            lambda match: address.replace("/", match["slash"]), text
        )
        if name == MANIFEST:
            moved = moved.replace(f'"@{present.partition("/")[0]}"', f'"@{owner}"')
        if moved != text:
            path.write_text(moved, "utf-8")
            changed.append(name)
    return changed


def _pattern(address: str) -> re.Pattern[str]:
    owner, _, name = address.partition("/")
    # the end of a sentence or ".git" may follow, another name may not
    return re.compile(
        rf"(?:(?<![\w.-])|(?<=%2F)){re.escape(owner)}(?P<slash>/|%2F|&repository=){re.escape(name)}(?![\w-])",
        re.IGNORECASE,
    )


def _files(root: Path) -> list[str]:
    """Return the names of all files that are, or could be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [name for name in names if (root / name).is_file()]


def main() -> int:
    """Move to the address that the command line names and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/repository", description=__doc__)
    parser.add_argument("address", metavar="OWNER/NAME", help="as on GitHub")
    address = parser.parse_args().address
    match = ADDRESS.fullmatch(address)
    if match is None or set(match["name"]) <= {"."}:
        parser.error(
            f'"{address}" is no address: give OWNER/NAME, such as bleemeo/house'
        )
    if "hacs" in match["name"].lower():
        parser.error("HACS lists no repository that has its name in its own")
    changed = move(ROOT, address)
    print(*changed, f"{len(changed)} files changed; git diff shows how.", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
