"""The page in a real browser, and what its server answers and refuses."""

import importlib.util
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from lsgan import pretrained
from lsgan.checkpoints.run import Run
from lsgan.config import config_files
from lsgan.errors import ConfigError, DataError, OutputError
from lsgan.explorer import selection, serving
from lsgan.inference.generator import Generator
from lsgan.io.images import save_png, to_image
from lsgan.networks import build_generator
from tests.browser import Browser, browser
from tests.commands import refused
from tests.conftest import SMALL
from tests.explorer.pages import explored, interrupt, until

needs_gradio = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None, reason="gradio is not installed"
)

# Gradio's own.
pytestmark = pytest.mark.filterwarnings("ignore:::gradio")

IMAGE = "document.querySelector('figure.shown img')"
SLIDERS = "document.querySelector('.sliders input[type=range]')"
CAPTION = "document.querySelector('figure.shown figcaption span').innerText"
PRESSED = "[...document.querySelectorAll('.seeds [aria-pressed=true]')].map(b => b.dataset.seed)"


class Page:
    """An open page."""

    def __init__(self, opened: Browser) -> None:
        self.browser = opened

    def find(self, script: str) -> Any:
        return self.browser.run(f"return {script}")

    def open(self, url: str, width: int = 1280, height: int = 900) -> None:
        self.browser.open(url, width, height)
        until(lambda: self.find(f"!!({IMAGE} && {SLIDERS})"))

    def click(self, text: str, kind: str = "button") -> None:
        """Click the button whose text begins so, among those that a CSS selector finds."""
        self.browser.run(
            f"[...document.querySelectorAll({kind!r})]"
            f".find(b => b.innerText.trim().startsWith({text!r})).click()"
        )

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            self.browser.driver.switch_to.active_element.send_keys(key)

    def changed(self, before: Any) -> None:
        until(lambda: self.find(f"{IMAGE}.src") != before)

    def upload(self, path: Path) -> None:
        (field,) = self.browser.driver.find_elements("css selector", "input[type=file]")
        field.send_keys(str(path))

    def is_sound(self) -> None:
        """Nothing to scroll sideways, nothing in the console, nothing asked of other hosts."""
        assert self.browser.overflow() == 0
        assert self.browser.console_errors() == []
        assert self.browser.outside_requests() == []


@pytest.fixture(scope="module")
def address(trained: Path) -> Iterator[str]:
    """The page's address; a search for a photograph is a short one."""
    serving.prepare()
    from lsgan.explorer.explore import open_page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained, "find", lambda *_, **__: None)
        patch.setattr(selection, "_STEPS", 10)
        opened = open_page(trained, "best")
        yield serving.launch(opened, "127.0.0.1", None, share=False)
        opened.close(verbose=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield Page(opened)


@needs_gradio
def test_the_keyboard_moves_a_slider_and_the_image_changes(page: Page, address: str) -> None:
    from selenium.webdriver.common.keys import Keys

    page.open(address)
    # From the field of the seed on, Tab leads to every control.
    page.browser.run("document.querySelector('input[type=number]').focus()")
    focused = "document.activeElement.getAttribute('aria-label') || ''"
    for _ in range(30):
        page.press(Keys.TAB)
        if page.find(focused).endswith("Warmth"):
            break
    assert page.find("document.activeElement.type") in ("range", "number")
    if page.find("document.activeElement.type") == "number":
        page.press(Keys.TAB, Keys.TAB)
    before = page.find(f"{IMAGE}.src")
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    page.changed(before)
    until(lambda: "warmth +0.2" in page.find(CAPTION))
    page.click("Reset directions")
    until(lambda: "warmth" not in page.find(CAPTION))
    assert page.find(f"{IMAGE}.src") == before
    page.is_sound()


@needs_gradio
def test_a_seed_is_chosen_in_the_grid_and_a_class_beside_it(page: Page, address: str) -> None:
    page.open(address)
    before = page.find(f"{IMAGE}.src")
    assert page.find(PRESSED) == ["0"]
    page.browser.run("document.querySelector('.seeds [data-seed=\"5\"]').click()")
    page.changed(before)
    until(lambda: page.find(PRESSED) == ["5"])
    own = page.find(CAPTION)
    other = {"seed 5 · lake": "wood", "seed 5 · wood": "lake"}[own]
    before = page.find(f"{IMAGE}.src")
    page.browser.run(f"document.querySelector('input[type=radio][value={other}]').click()")
    until(lambda: page.find(CAPTION) == f"seed 5 · {other}")
    page.changed(before)
    page.click("Next")
    until(lambda: page.find("document.querySelector('.seeds button').dataset.seed") == "24")
    page.click("Random")
    until(lambda: "seed 5 " not in page.find(CAPTION))
    seed = page.browser.driver.find_element("css selector", "input[type=number]")
    seed.clear()
    seed.send_keys("-3")
    until(lambda: page.find(CAPTION).startswith("seed 0 "))
    page.is_sound()


@needs_gradio
def test_a_walk_and_a_photograph(
    page: Page, address: str, tmp_path: Path, landscapes: np.ndarray
) -> None:
    page.open(address)
    page.click("Walk from seed to seed")
    page.click("Make the walk")
    until(lambda: page.find("document.querySelector('.walk img')?.naturalWidth") == 32)
    name = page.find("document.querySelector('.walk a.save').download")
    assert name.startswith("step-")
    assert name.endswith("-walk-0-3.gif")
    page.click("Start from a photograph")
    until(lambda: page.find("!!document.querySelector('input[type=file]')"))
    broken = tmp_path / "broken.jpg"
    broken.write_text("no image")
    page.upload(broken)
    until(lambda: "broken.jpg: the file is no image" in page.browser.text())
    save_png(to_image(landscapes[0]), tmp_path / "lake.png")
    page.upload(tmp_path / "lake.png")
    until(lambda: page.find("document.querySelectorAll('.beside img').length") == 2)
    until(lambda: page.find(CAPTION).startswith("nearest to your photograph"))
    until(lambda: page.find(PRESSED) == [])
    page.is_sound()


@needs_gradio
@pytest.mark.parametrize("width", [360, 1280])
def test_the_training_tab_in_a_narrow_and_a_wide_window(
    page: Page, address: str, width: int
) -> None:
    page.open(address, width, 740)
    page.is_sound()
    page.click("Training", "[role=tab]")
    until(lambda: page.find("document.querySelectorAll('.plots svg').length") >= 3)
    assert "Step 6" in page.browser.text()
    page.browser.run(
        "const s = [...document.querySelectorAll('input[type=range]')].find(e => e.max === '3');"
        "s.value = 1; s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    until(lambda: "Step 0" in page.browser.text())
    page.click("Find those nearest")
    until(lambda: page.find("document.querySelectorAll('.beside img').length") == 8)
    page.is_sound()


@needs_gradio
def test_the_server_sends_no_file_and_lets_the_page_load_nothing_from_elsewhere(
    address: str, trained: Path
) -> None:
    answer = requests.get(address, timeout=30)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    for path in (trained / "config.yaml", Path(__file__)):
        asked = requests.get(f"{address}gradio_api/file={path}", timeout=30)
        assert asked.status_code in (403, 404)
    asked = requests.get(address, headers={"Origin": "https://example.org"}, timeout=30)
    assert asked.headers.get("access-control-allow-origin") is None


@needs_gradio
def test_of_a_checkpoint_file_there_is_no_training_and_of_uploads_only_so_many_bytes(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving.prepare()
    from lsgan.explorer.explore import open_page

    monkeypatch.setattr(serving, "_MOST_BYTES", 10_000)
    path = tmp_path / "alone.safetensors"
    path.write_bytes(Run(trained).kept()[0].read_bytes())
    opened = open_page(path, "best")
    url = serving.launch(opened, "127.0.0.1", None, share=False)
    try:
        shown = str(opened.get_config_file())
        assert "lsgan directions" in shown
        assert "A checkpoint file does not tell how it was trained" in shown
        upload = f"{url}gradio_api/upload"
        assert requests.post(upload, files={"files": b"x" * 5_000}, timeout=30).ok
        assert requests.post(upload, files={"files": b"x" * 50_000}, timeout=30).status_code == 413
    finally:
        opened.close(verbose=False)


@needs_gradio
def test_an_image_to_image_generator_is_given_an_upload(
    tmp_path: Path, landscapes: np.ndarray
) -> None:
    serving.prepare()
    from lsgan.explorer import image_to_image

    small = [each for each in SMALL if each.startswith("model.")]
    config = config_files.load(config_files.find("pix2pix-facades.yaml"), small)
    generator = Generator(build_generator(config.model), config, "", "untrained")
    assert "Choose an image" in str(image_to_image.build("maps", generator).get_config_file())
    path = tmp_path / "lake.png"
    save_png(to_image(landscapes[0]), path)
    html = image_to_image.made_of(path, generator)
    assert html.count("<img") == 2
    assert 'download="untrained-of-lake.png"' in html
    assert not path.exists()
    path.write_text("no image")
    with pytest.raises(DataError, match="the file is no image"):
        image_to_image.made_of(path, generator)
    assert not path.exists()


@needs_gradio
@pytest.mark.skipif(sys.platform == "win32", reason="signals to a process are other ones there")
def test_ctrl_c_ends_it(trained: Path) -> None:
    with explored(trained) as (_, process):
        assert interrupt(process) == 0


@needs_gradio
def test_what_cannot_be_served_is_said_in_one_line(trained: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"cannot listen on port {port}" in refused("explore", trained, "--port", port)


def test_a_host_that_is_not_there_and_ports_that_are_taken() -> None:
    with pytest.raises(OutputError, match="there is no address no"):
        serving._free_port("no.such.host.invalid", None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match="Leave --port out"):
            serving._free_port("127.0.0.1", port)


def test_gradio_that_is_missing_or_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    serving.prepare.cache_clear()
    for found, said in (
        (missing, r"pip install \"lsgan\[explore\]\""),
        (lambda _: "4.44", "gradio 6"),
    ):
        monkeypatch.setattr(serving, "version", found)
        with pytest.raises(ConfigError, match=said):
            serving.prepare()
