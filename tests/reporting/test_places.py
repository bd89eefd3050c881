"""Paths in a page that is given away."""

from pathlib import Path

import pytest

from lsgan.reporting.places import shown_path, without_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "me"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "me"


def test_paths_do_not_name_whose_they_are(home: Path, tmp_path: Path) -> None:
    assert shown_path(tmp_path / "here" / "a b", quoted=True) == "'a b'"
    assert shown_path(home / "a b", quoted=True) == "~/'a b'"
    assert shown_path(tmp_path / "other") == str(tmp_path / "other")
    assert without_home(f"lost {home / 'x'}") == f"lost {Path('~') / 'x'}"


def test_a_home_that_is_the_root_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, Path.cwd().anchor)
    assert without_home("a/b") == "a/b"
