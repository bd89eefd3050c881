"""The files around the code agree with it: workflow, templates, citation, pre-commit."""

import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

import lsgan
from lsgan.cli import app

ROOT = Path(__file__).parents[1]
TOP = {
    *("lsgan", "configs", "scripts", "tests", "data"),
    *("pyproject.toml", "README.md", "README.zh-CN.md", "LICENSE", "CHANGELOG.md"),
}


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def classifiers() -> set[str]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return set(re.findall(r"Python :: (3\.\d+)", text))


def test_the_workflow_tests_every_python_and_system_that_is_promised():
    matrix = read(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert set(matrix["python"]) == classifiers()
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}


def test_every_script_that_is_called_exists_and_can_be_run():
    files = [
        *ROOT.glob(".github/**/*.yml"),
        *ROOT.glob(".github/*.md"),
        *(ROOT / name for name in (".pre-commit-config.yaml", ".ci/run", "README.md")),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    called = set(re.findall(r"(?:\./|python |/\.\./)(scripts/[\w.-]+\w)", text))
    assert {"scripts/test", "scripts/demo", "scripts/test-paddle-2.6"} <= called
    for name in called:
        path = ROOT / name
        assert path.exists(), name
        if path.is_file() and not path.suffix and os.name == "posix":
            assert path.stat().st_mode & stat.S_IXUSR, name


def test_the_citation_has_the_version_of_the_package():
    citation = read(".github/CITATION.cff")
    assert citation["version"] == lsgan.__version__
    assert citation["license"] == "Apache-2.0"
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {lsgan.__version__}" in changelog


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob(".github/ISSUE_TEMPLATE/*.yml")), ids=lambda path: path.stem
)
def test_an_issue_template_is_a_form(path):
    form = read(str(path.relative_to(ROOT)))
    assert {"name", "description", "body"} <= set(form)
    identifiers = [field["id"] for field in form["body"]]
    assert len(set(identifiers)) == len(identifiers)
    assert all(field["attributes"]["label"] for field in form["body"])
    commands = set(re.findall(r"`lsgan ([a-z]+)", path.read_text(encoding="utf-8")))
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert commands <= names


def test_pre_commit_checks_what_the_test_script_checks():
    script = (ROOT / "scripts" / "test").read_text(encoding="utf-8")
    hooks = read(".pre-commit-config.yaml")["repos"][0]["hooks"]
    entries = [hook["entry"].removeprefix(".venv/bin/") for hook in hooks]
    for command in re.findall(r"^(ruff \w+|mypy --strict lsgan)", script, re.MULTILINE):
        assert any(entry.startswith(command) for entry in entries), command


def test_nothing_else_lies_at_the_top():
    """Dot-files and what .gitignore names aside."""
    ignored = set((ROOT / ".gitignore").read_text(encoding="utf-8").split())
    found = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith(".") and f"/{path.name}/" not in ignored
    }
    assert {name for name in found if name not in ("build", "dist", "__pycache__")} == TOP
