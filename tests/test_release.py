"""Tests of the checks before a release."""

from datetime import date
from pathlib import Path
import re
import shutil
import subprocess

import pytest

from scripts.release import (
    MANIFEST,
    newest_section,
    prepare,
    problems,
    shipped_links,
    versions,
)

from .source import ROOT

FILES = (MANIFEST, "pyproject.toml", "CHANGELOG.md")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository that is ready to release v9.8.7."""
    for name in (*FILES, *shipped_links(ROOT)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    prepare(tmp_path, "9.8.7", date(2026, 11, 24))
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def replace(path: Path, pattern: str, replacement: str) -> None:
    """Replace the first match in a file, which must have one."""
    text, count = re.subn(pattern, replacement, path.read_text("utf-8"), count=1)
    assert count == 1, path
    path.write_text(text, "utf-8")


def git(root: Path, *arguments: str) -> None:
    """Run git with some identity."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)


def commit(root: Path) -> None:
    """Commit everything."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "x")


def test_the_versions_of_this_repository_agree() -> None:
    """Even between releases, when the newest section has no date yet."""
    assert len(set(versions(ROOT).values())) == 1
    section = newest_section(ROOT)
    assert section is not None
    assert section["text"].strip()


def test_a_release_that_agrees_may_go(repository: Path) -> None:
    """Both before and after it is tagged."""
    assert problems(repository, "v9.8.7") == []
    git(repository, "tag", "v9.8.7")
    assert problems(repository, "v9.8.7") == []


@pytest.mark.parametrize("name", FILES)
def test_a_version_that_differs_is_named(repository: Path, name: str) -> None:
    """With the file that contains it."""
    pattern = r'(?<="version": ")9\.8\.7' if name == MANIFEST else r"9\.8\.7"
    replace(repository / name, pattern, "9.8.6")
    commit(repository)
    assert problems(repository, "v9.8.7") == [
        f"{name} says 9.8.6, and the tag 9.8.7: change one of them."
    ]


@pytest.mark.parametrize("name", shipped_links(ROOT))
def test_a_link_to_another_version_is_named(repository: Path, name: str) -> None:
    """What is installed must not explain another version."""
    replace(repository / name, r"/v9\.8\.7/", "/v9.8.6/")
    commit(repository)
    assert problems(repository, "v9.8.7") == [
        f"{name} links to the documents of 9.8.6, and the tag is 9.8.7."
    ]


def test_preparing_leaves_only_the_commit_to_do(repository: Path) -> None:
    """Every file says the version, and the newest section its day."""
    prepare(repository, "10.0.0", date(2026, 12, 1))
    commit(repository)
    assert problems(repository, "v10.0.0") == []
    assert newest_section(repository) == {
        **(newest_section(ROOT) or {}),
        "version": "10.0.0",
        "day": "2026-12-01",
    }


@pytest.mark.parametrize("tag", ["9.8.7", "v9.8", "v9.8.7-rc1", "latest"])
def test_a_tag_of_another_form_is_none(repository: Path, tag: str) -> None:
    """The Marketplace and HACS show the tag as it is."""
    assert problems(repository, tag) == [f"The tag {tag} is none of the form v1.2.3."]


def test_a_version_that_is_not_dated_is_not_released(repository: Path) -> None:
    """Nor is one without any text."""
    replace(repository / "CHANGELOG.md", "2026-11-24", "unreleased")
    replace(repository / "CHANGELOG.md", r"(?s)unreleased\n.*", "unreleased\n")
    commit(repository)
    day, text = problems(repository, "v9.8.7")
    assert "unreleased" in day
    assert "nothing" in text


def test_what_is_not_committed_is_not_released(repository: Path) -> None:
    """It would not be part of the tag."""
    (repository / "new").touch()
    assert len(problems(repository, "v9.8.7")) == 1


def test_a_tag_does_not_move(repository: Path) -> None:
    """Somebody may have installed the version that it names."""
    git(repository, "tag", "v9.8.7")
    (repository / "new").touch()
    commit(repository)
    [problem] = problems(repository, "v9.8.7")
    assert "another commit" in problem
