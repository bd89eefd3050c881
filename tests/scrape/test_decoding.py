from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from PIL import Image

from lsgan.data.rejection import RejectedError
from lsgan.demo.landscapes import render
from lsgan.scrape.decoding import SIDE, Decoders, Outcome, Verified, verify


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    Image.fromarray(render(1, 320, 240)).save(path, format="JPEG")
    return path


class FragilePool:
    """Calls in this process; a file named "fatal" ends a process of the real one."""

    def __init__(self, _: int) -> None:
        self.calls: list[list[str]] = []

    def call(self, function: Any, paths: list[Path], crashed: Any) -> Any:
        self.calls.append([path.name for path in paths])
        return crashed(paths) if "fatal" in self.calls[-1] else function(paths)

    def close(self) -> None:
        pass


def test_a_file_is_decoded_to_its_end(image: Path) -> None:
    whole = verify(image)
    assert isinstance(whole, Verified)
    assert (whole.facts.width, whole.facts.height, len(whole.thumbnail)) == (320, 240, 3 * SIDE**2)
    image.write_bytes(image.read_bytes()[:-3000])
    cut = verify(image)
    assert isinstance(cut, RejectedError)
    assert cut.reason == "truncated"


def test_every_file_gets_its_own_outcome(image: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("no image")
    told: SimpleQueue[tuple[int, Outcome | BaseException]] = SimpleQueue()
    decoders: Decoders[int] = Decoders(2, lambda key, outcome: told.put((key, outcome)))
    for number in range(30):
        decoders.submit(number, words if number % 3 == 0 else image)
    outcomes = dict(told.get(timeout=60) for _ in range(30))
    decoders.close()
    for number in range(30):
        assert isinstance(outcomes[number], RejectedError if number % 3 == 0 else Verified)


def test_a_file_that_ends_a_process_takes_no_other_with_it(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lsgan.scrape.decoding.SurvivingPool", FragilePool)
    told: list[Outcome | BaseException] = []
    decoders: Decoders[int] = Decoders(0, lambda _, outcome: told.append(outcome), early=False)
    decoders.close()
    outcomes = decoders._decode([image, image.with_name("fatal"), image])
    assert [type(outcome) for outcome in outcomes] == [Verified, RejectedError, Verified]
    assert isinstance(outcomes[1], RejectedError)
    assert outcomes[1].reason == "decoder-crashed"
