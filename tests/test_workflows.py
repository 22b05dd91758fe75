"""Tests of the workflows: what they use is fixed, and what they run exists."""

from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from .source import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"^ *(?:- )?uses: (\S+)(?:  ?# (\S+))?$", re.MULTILINE)


def workflow(path: Path) -> dict[Any, Any]:
    """Return a workflow; YAML takes its key `on` for a truth value."""
    content: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_action_is_pinned_by_its_commit(path: Path) -> None:
    """A tag can be moved. What it was is told, so that Dependabot can update it."""
    text = path.read_text("utf-8")
    found = USES.findall(text)
    assert len(found) == text.count("uses:")
    for used, comment in found:
        if used.startswith("./"):
            assert (ROOT / used).exists()
        else:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used
            assert comment, used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_job_may_do_only_what_it_says(path: Path) -> None:
    """Nothing is granted to a whole workflow, and no checkout leaves its token."""
    content = workflow(path)
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert "permissions" in job
        for step in job.get("steps", []):
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_script_that_is_run_exists(path: Path) -> None:
    """With its folder."""
    runs = [
        step["run"]
        for job in workflow(path)["jobs"].values()
        for step in job.get("steps", [])
        if "run" in step
    ]
    for name in re.findall(r"(?:scripts|\.ci)/[\w.-]+", "\n".join(runs)):
        assert (ROOT / name).stat().st_mode & 0o111, name


def test_a_tag_is_released_after_all_checks() -> None:
    """With the changelog's section as its text, once tests and validators pass."""
    content = workflow(ROOT / ".github" / "workflows" / "release.yml")
    assert content[True] == {"push": {"tags": ["v*"]}}
    jobs = content["jobs"]
    assert set(jobs["release"]["needs"]) == set(jobs) - {"release"}
    assert {jobs[name]["uses"] for name in jobs["release"]["needs"]} == {
        "./.github/workflows/test.yml",
        "./.github/workflows/validate.yml",
    }
    [*_, step] = jobs["release"]["steps"]
    assert 'scripts/release --notes "$TAG"' in step["run"]
    assert 'gh release create "$TAG"' in step["run"]
