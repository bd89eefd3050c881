"""Both pages in a real browser: as wide as a desk's screen, as narrow as a phone, and in print."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import lsgan
from tests.browser import Browser, browser


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    long = "a-run-with-a-name-that-has-no-place-at-which-it-could-be-broken".replace("-", "")
    other = Path(shutil.copytree(finished, folder / long))
    report = lsgan.report(finished, folder / "report.html")
    comparison = lsgan.compare([finished, other], folder / "comparison.html").path
    return {"report": report.as_uri(), "comparison": comparison.as_uri()}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("name", "expected"),
    [("report", "no copies"), ("report", "CC BY 4.0"), ("comparison", "All settings are the same")],
)
def test_a_page_is_whole_and_asks_for_nothing(
    opened: Browser, pages: dict[str, str], name: str, expected: str, width: int, dark: bool
) -> None:
    opened.open(pages[name], width, dark=dark)
    assert expected in opened.text()
    assert opened.console_errors() == []
    assert opened.outside_requests() == []
    assert opened.run("return innerWidth") == width
    assert opened.overflow() == 0
    # What is folded away is no wider.
    opened.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert opened.overflow() == 0
    widths = opened.run("return [...document.images].map(each => each.naturalWidth)")
    assert widths
    assert all(widths)
    assert opened.run("return getComputedStyle(document.body).backgroundColor") == (
        "rgb(19, 24, 22)" if dark else "rgb(255, 255, 255)"
    )


def test_the_slider_shows_one_grid_at_a_time(opened: Browser, pages: dict[str, str]) -> None:
    opened.open(pages["report"])
    shown = (
        "return [...document.querySelectorAll('.over-time li')].map(each => each.checkVisibility())"
    )
    assert opened.run(shown) == [False, False, True]
    opened.run(
        "const slider = document.querySelector('.over-time input'); slider.value = 0;"
        "slider.dispatchEvent(new Event('input'))"
    )
    assert opened.run(shown) == [True, False, False]
    assert "Step 0, 0 images seen" in opened.text()


def test_everything_is_there_in_print_and_without_a_script(
    opened: Browser, pages: dict[str, str]
) -> None:
    opened.open(pages["report"])
    opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    grids = (
        "return [...document.querySelectorAll('.over-time li')].filter(e => e.checkVisibility())"
    )
    assert len(opened.run(grids)) == 3
    opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    opened.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened.open(pages["report"])
        assert len(opened.run(grids)) == 3
        assert opened.console_errors() == []
    finally:
        opened.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_text_of_strangers_runs_no_script(opened: Browser, pages: dict[str, str]) -> None:
    opened.open(pages["report"])
    opened.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert "<script>alert('author')</script>" in opened.text()
    # The policy would stop one that had got in.
    opened.run(
        "const s = document.createElement('script'); s.textContent = 'window.ran = true';"
        "document.body.append(s)"
    )
    assert opened.run("return window.ran === undefined")
    assert any("Content Security Policy" in error for error in opened.console_errors())
