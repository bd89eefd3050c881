"""The page about a run, whole and damaged."""

import html
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

import lsgan
from lsgan.checkpoints.run import Run
from lsgan.errors import ConfigError, RunError
from lsgan.io.files import read_lines
from tests.commands import lsgan as command
from tests.commands import refused_here


class _Reader(HTMLParser):
    """The elements of a page, its text, and the attributes that a browser would follow."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        if self.elements[-1:] and self.elements[-1][0] not in ("style", "script"):
            self.text += data


def read(path: Path) -> _Reader:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.text = " ".join(reader.text.split())
    return reader


def test_the_page_tells_everything(run: Path) -> None:
    path = lsgan.report(run)
    assert path == run / "report.html"
    page = read(path)
    assert "Missing or damaged" not in page.text
    [best] = [
        row for row in read_lines(run / "metrics.jsonl") if row["step"] == 6 and "frechet" in row
    ]
    for expected in (
        "complete after 6 steps (24 images seen",
        "180 images, with 20 more held out",
        f"{best['frechet']:.4g}",
        "generator dcgan",
        "loss least-squares",
        "Generated, step",
        "sliced wasserstein",
        "images are nearer to one of",
        "CC BY 4.0",
        "Authors (4)",
        "张伟",
        "kanas.yaml is nearest",
        "train.batch_size",
        "--set train.batch_size=4",
        "paddlepaddle",
    ):
        assert expected in page.text, expected
    elements = [tag for tag, _ in page.elements]
    assert elements.count("svg") >= 5
    assert elements.count("h1") == 1
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    # Three grids over time, the best of them, the real images, the sheet of copies.
    assert len(images) == 6
    assert all(each["alt"] and (each["src"] or "").startswith("data:image/") for each in images)
    assert ("html", {"lang": "en"}) in page.elements


def test_nothing_of_a_stranger_is_more_than_text(run: Path) -> None:
    page = read(lsgan.report(run))
    assert "<script>alert('author')</script>" in page.text
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not any("onerror" in attributes for _, attributes in page.elements)
    links = [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]
    assert links
    assert all(link.startswith("https://") for link in links)
    loaded = [attributes.get("src") or "" for _, attributes in page.elements]
    assert all(source.startswith("data:") for source in loaded if source)


def test_no_page_names_the_home_folder_or_a_contact(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Run(run).config.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  contact:.*$", "  contact: me@example.org", text)
    Run(run).config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("HOME", str(run.parent.parent))
    monkeypatch.setenv("USERPROFILE", str(run.parent.parent))
    content = html.unescape(lsgan.report(run).read_text(encoding="utf-8"))
    assert "me@example.org" not in content
    assert str(run.parent.parent) not in content
    assert "--out '~/" not in content
    assert "--out ~/runs/kanas-again" in content


def _without(*names: str) -> Callable[[Path], None]:
    def remove(run: Path) -> None:
        for name in names:
            path = run / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return remove


def _spoilt(name: str, content: bytes) -> Callable[[Path], None]:
    def spoil(run: Path) -> None:
        for path in run.glob(name):
            path.write_bytes(content)

    return spoil


def _cut(name: str) -> Callable[[Path], None]:
    def cut(run: Path) -> None:
        for path in run.glob(name):
            path.write_bytes(path.read_bytes()[:5000])

    return cut


def _flipped(run: Path) -> None:
    """One bit of the last tensor of each checkpoint is wrong."""
    for path in Run(run).kept():
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_without("metrics.jsonl"), "There are no metrics"),
        (_without("samples"), "There are no grids"),
        (_without("samples", "metrics.jsonl", "checkpoints"), "There is no checkpoint"),
        (_without("environment.json"), "not recorded on what machine"),
        (_without("metrics.json", "copies.png"), "lsgan evaluate"),
        (_without("config.yaml"), "The settings shown are those in a checkpoint"),
        (_without("run.log"), "complete after 6 steps"),
        (_without("checkpoints"), "There is no checkpoint that can be read"),
        (_spoilt("config.yaml", b"train: {steps: many}"), "train.steps is 'many'"),
        (_spoilt("config.yaml", b"\xff\xfe"), "it is not UTF-8"),
        (_spoilt("metrics.json", b'{"results": 5}'), "metrics.json could not be read"),
        (_spoilt("metrics.json", b"[" * 100_000), "metrics.json could not be read"),
        (_spoilt("environment.json", b'["a"]'), "environment.json could not be read"),
        (_spoilt("environment.json", b"{}"), "environment.json could not be read"),
        (_spoilt("samples/step-00000003.png", b"GIF89a"), "step-00000003.png cannot be read"),
        (_cut("samples/*.png"), "step-00000006.png cannot be read"),
        (_spoilt("checkpoints/*", b"nothing"), "damaged or no checkpoint"),
        (_cut("checkpoints/*"), "damaged or no checkpoint"),
        (_flipped, "does not have the digest"),
    ],
)
def test_what_is_missing_or_damaged_is_said(
    run: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(run)
    assert said in read(lsgan.report(run)).text


def test_lines_that_are_no_metrics_are_counted(run: Path) -> None:
    before = Run(run).metrics.read_text(encoding="utf-8")
    bad = ["{", "[]", '{"step": -1, "a": 1}', '{"step": 2}', '{"step": "2", "a": 1}', "[" * 10_000]
    fine = '{"step": 5, "generator_loss": NaN, "discriminator_loss": 0.25}'
    text = "\n".join([*bad, fine, before])
    Run(run).metrics.write_bytes(text.encode() + b'{"step": 7, "gener\xff')
    page = read(lsgan.report(run)).text
    assert "7 of the lines of metrics.jsonl could not be read" in page
    assert "complete after 6 steps" in page


def test_a_data_set_that_is_gone_or_another_is_said(run: Path, strangers: Path) -> None:
    text = Run(run).config.read_text(encoding="utf-8")
    Run(run).config.write_text(text.replace(strangers.name, "gone"), encoding="utf-8")
    page = read(lsgan.report(run)).text
    assert "The data set is not where the configuration says" in page
    assert "nothing can be said of its authors" in page
    other = Path(shutil.copytree(strangers, run.parent / "other"))
    description = json.loads((other / "pack.json").read_text())
    (other / "pack.json").write_text(json.dumps(description | {"sha256": "0" * 64}))
    changed = re.sub(r"(?m)^  path:.*$", f"  path: {other.as_posix()}", text)
    Run(run).config.write_text(changed, encoding="utf-8")
    assert "it is not the one that was trained on" in read(lsgan.report(run)).text


def test_grids_of_a_course_that_was_given_up_are_left_out(run: Path) -> None:
    shutil.copy(run / "samples" / "step-00000003.png", run / "samples" / "step-00000009.png")
    page = read(lsgan.report(run)).text
    assert "Step 6, 24 images seen" in page
    assert "Step 9" not in page


def test_the_command_line(run: Path, tmp_path: Path) -> None:
    answer = command("report", run, "--out", tmp_path / "pages" / "mine.html")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == f"report: {tmp_path / 'pages' / 'mine.html'}"
    assert (tmp_path / "pages" / "mine.html").is_file()
    assert "no run is in" in refused_here("report", tmp_path)
    assert "there is no" in refused_here("report", tmp_path / "nothing")
    assert "makes a page" in refused_here("report", run, "--out", tmp_path / "mine.pdf")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file", tmp_path / "nothing"):
        with pytest.raises(RunError, match="Give a run folder"):
            lsgan.report(path)
    with pytest.raises(ConfigError, match="two runs or more"):
        lsgan.compare([tmp_path])
