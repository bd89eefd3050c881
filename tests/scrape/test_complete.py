"""What is packed at the end of a scrape, what that replaces, and what is said next."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lsgan.config import Config, config_files
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError
from lsgan.io.files import write_lines
from lsgan.scrape import complete
from lsgan.scrape.complete import scrape_and_prepare
from lsgan.system import runtime
from tests.data.samples import contents, photographs

ONE = PrepareSettings(workers=1)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each scrape is to end with, in place of the web; the last one stays."""
    waiting = [4]

    def scrape(settings: SimpleNamespace, **_: object) -> SimpleNamespace:
        out = Path(settings.out)
        count = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        photographs(out / "photographs", count)
        rows = [{"file": f"photographs/{place:04}.jpg"} for place in range(count)]
        write_lines(out / "manifest.jsonl", rows)
        return SimpleNamespace(report=SimpleNamespace(kept=count), signal=0)

    monkeypatch.setattr(complete, "scrape", scrape)
    monkeypatch.setattr(runtime, "has_pretrained", lambda: True)
    monkeypatch.setattr(runtime, "cores", lambda: 1)
    return waiting


def wanted(out: Path, *changes: str, name: str = "kanas.yaml") -> Config:
    config = config_files.load(config_files.find(name), changes)
    return config_files.with_settings(config, "scrape", {"out": str(out)})


def said(config: Config, **options: object) -> str:
    lines: list[str] = []
    scrape_and_prepare(config, say=lines.append, **options)
    return "\n".join(lines)


def test_a_set_that_has_grown_is_packed_again(tmp_path: Path, counts: list[int]) -> None:
    counts[:] = [4, 6]
    for count in (4, 6):
        said(wanted(tmp_path / "bled"))
        assert len(open_pack(tmp_path / "bled")) == count


@pytest.mark.usefixtures("counts")
def test_a_data_set_of_other_images_or_settings_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    bled = tmp_path / "bled"
    said(wanted(bled))
    before = contents(bled / "packed")
    with pytest.raises(DataError, match="--size 64, not 128") as caught:
        said(wanted(bled, name="kanas-128.yaml"))
    assert f"lsgan prepare {bled} --out {bled}/packed-128 --size 128" in caught.value.remedy
    assert contents(bled / "packed") == before
    prepare([photographs(tmp_path / "mine", 2)], bled / "packed", ONE, overwrite=True)
    with pytest.raises(DataError, match="of other images than"):
        said(wanted(bled))
    (bled / "packed" / "mine.txt").write_text("words")
    with pytest.raises(DataError, match=r"holds mine\.txt"):
        said(wanted(bled))
    assert said(wanted(bled), prepare=False)


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        (None, (), "--config kanas-projected.yaml"),
        ("kanas.yaml", (), "--config kanas.yaml"),
        ("kanas-128.yaml", ("model.size=64",), "--config kanas-128.yaml --set model.size=64"),
        ("kanas.yaml", ("model.channels=1",), "--config kanas.yaml --set model.channels=1"),
    ],
)
def test_the_next_step_is_of_this_set_and_configuration(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str | None,
    changes: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    config = wanted(Path("data/lake-bled"), *changes, name=name or "kanas.yaml")
    last = said(config, name=name).splitlines()[-1].split(maxsplit=1)[1]
    assert last == f"lsgan train {words} --data data/lake-bled/packed --out runs/lake-bled"
    assert "lsgan train" not in said(config, name="")


@pytest.mark.usefixtures("counts")
def test_without_packing_the_next_step_packs_as_the_configuration_needs(tmp_path: Path) -> None:
    config = wanted(tmp_path / "bled", "scrape.keep_duplicates=true", name="kanas-128.yaml")
    command = f"lsgan prepare {tmp_path}/bled --out {tmp_path}/bled/packed"
    assert f"next: {command} --size 128 --keep-duplicates" in said(config, prepare=False)
