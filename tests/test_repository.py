"""Tests of the addresses that files of this repository have, or must not have."""

from pathlib import Path
import re
import shutil
import subprocess

import pytest

from scripts.release import shipped_links
from scripts.repository import move, present_address

from .source import INTEGRATION, ROOT, read_json

SCRIPT = ROOT / "scripts" / "repository"
# not in one piece, or it would be changed back here too
ADDRESS = "acme-co{}house.alerts".format("/")
SLASH = r"(?:/|%2F|&repository=)"
ON_GITHUB = re.compile(
    rf"(?:github\.com(?:/|%2F)|\?owner=)([\w.-]+?){SLASH}([\w.-]+?)(?=\.git\b|[^\w.-]|\.?$)",
    re.IGNORECASE | re.MULTILINE,
)
# whose addresses are not ours
OTHERS = {"bleemeo"}
# not in one piece, or they would be found here too
REGISTRY = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|debian|ubuntu|docker|crates|jsdelivr|unpkg)"
    r"\.(?:com|io|net|org)\b",
    re.IGNORECASE,
)
LOCKED = re.compile(
    r"#.*|[\w.-]+==\S+(?: ; .+)? \\| {4}--hash=sha256:[0-9a-f]{64}(?: \\)?"
)


def files(root: Path) -> list[Path]:
    """Return the text files that are or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    return [
        root / name
        for name in listed.stdout.splitlines()
        if (root / name).is_file() and b"\0" not in (root / name).read_bytes()
    ]


@pytest.fixture(name="copy")
def copy_repository(tmp_path: Path) -> Path:
    """Return a copy of this repository, as it is now."""
    for path in files(ROOT):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def on_github(root: Path) -> set[str]:
    """Return OWNER/NAME of each address on GitHub that is not another project's."""
    return {
        f"{owner}/{name}"
        for path in files(root)
        for owner, name in ON_GITHUB.findall(path.read_text("utf-8"))
        if owner not in OTHERS
    }


def test_the_address_is_changed_everywhere(copy: Path) -> None:
    """Plain, percent-encoded and in the manifest; nothing of the old one is left."""
    old = present_address(ROOT)
    assert on_github(ROOT) == {old}
    changed = move(copy, ADDRESS)
    assert {"README.md", "CONTRIBUTING.md"} <= set(changed)
    assert on_github(copy) == {ADDRESS}
    assert present_address(copy) == ADDRESS
    manifest = (copy / "custom_components" / "bleemeo" / "manifest.json").read_text()
    assert '"codeowners": ["@acme-co"]' in manifest
    left = re.compile(
        rf"{old.replace('/', SLASH)}|@{re.escape(old.partition('/')[0])}\b"
    )
    assert [path for path in files(copy) if left.search(path.read_text("utf-8"))] == []


def test_back_and_forth_changes_nothing(copy: Path) -> None:
    """So what is written differs in the address alone."""
    before = {path: path.read_bytes() for path in files(copy)}
    old = present_address(copy)
    assert move(copy, ADDRESS) == move(copy, old)
    assert {path: path.read_bytes() for path in files(copy)} == before


def test_another_name_that_begins_alike_is_left_alone(copy: Path) -> None:
    """It is another repository's."""
    old = present_address(copy)
    (copy / "other.md").write_text(f"{old}-2 and my{old}, but {old}.git and {old}.")
    move(copy, ADDRESS)
    assert (copy / "other.md").read_text() == (
        f"{old}-2 and my{old}, but {ADDRESS}.git and {ADDRESS}."
    )


@pytest.mark.parametrize("address", ["", "name", "a/b/c", "-a/b", "a/..", "a/hacs-b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """In a line, and nothing is changed."""
    run = subprocess.run([SCRIPT, address], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.splitlines()[-1].startswith("scripts/repository: error: ")
    assert on_github(ROOT) == {present_address(ROOT)}


def test_what_is_installed_links_to_its_own_version() -> None:
    """The documents on the branch may describe another one."""
    links = shipped_links(ROOT)
    assert {"manifest.json", "bleemeo.js"} <= {Path(name).name for name in links}
    assert set(links.values()) == {read_json("manifest.json")["version"]}
    for path in INTEGRATION.rglob("*"):
        if path.suffix in {".py", ".js", ".json", ".yaml"}:
            assert "/blob/main" not in path.read_text("utf-8"), path


def test_no_registry_is_named() -> None:
    """Which one packages come from is for the machine to say: it may have a mirror."""
    named = {
        str(path.relative_to(ROOT)): found[0]
        for path in files(ROOT)
        if (found := REGISTRY.search(path.read_text("utf-8")))
    }
    assert named == {}


def test_a_lock_has_nothing_but_versions_and_hashes() -> None:
    """No index, link or path that the machine where it was made knows of."""
    locks = sorted((ROOT / "requirements").iterdir())
    assert [path.name for path in locks] == ["dev.txt", "e2e.txt", "newest.txt"]
    for path in locks:
        for line in path.read_text("utf-8").splitlines():
            assert LOCKED.fullmatch(line), (path.name, line)
