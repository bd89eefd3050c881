"""Animations of each kind, read back."""

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lsgan.errors import ConfigError
from lsgan.io.animations import FORMATS, check_format, save_animation
from lsgan.io.images import is_marked

COLORS = ["red", "green", "blue"]


def frames(size: tuple[int, int] = (34, 20)) -> list[Image.Image]:
    return [Image.new("RGB", size, color) for color in COLORS]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_images_that_move_loop_and_are_marked(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    save_animation(iter(frames()), path, 60)
    with Image.open(path) as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (3, (34, 20), 0)
        assert is_marked(film)
        for place, expected in enumerate(frames()):
            film.seek(place)
            shown = np.asarray(film.convert("RGB"), int)
            assert abs(shown - np.asarray(expected, int)).max() < 12


def test_a_video_has_the_same_frames_in_even_sizes(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    save_animation(iter(frames((33, 21))), tmp_path / "film.mp4", 50)
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 20)
        shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
    assert [frame.shape for frame in shown] == [(22, 34, 3)] * 3
    for frame, expected in zip(shown, frames(), strict=True):
        # Video has its colours at half the resolution, and less exact.
        expected_color = np.asarray(expected, int)[0, 0]
        assert abs(frame.mean((0, 1)) - expected_color).max() < 16


def test_without_the_encoder_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r'pip install "lsgan\[video\]"'):
        check_format(".mp4")
    for suffix in set(FORMATS) - {".mp4"}:
        check_format(suffix)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"Choose one of: \.gif, \.webp, \.apng, \.mp4"):
        check_format(".avi")
