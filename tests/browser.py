"""A real browser for pages: Chromium without a window, driven through Selenium.

Only a browser and a driver that are installed are used; nothing is downloaded.
"""

import json
import shutil
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLACES = {
    "darwin": ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",),
    "win32": (r"C:\Program Files\Google\Chrome\Application\chrome.exe",),
}
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-extensions", "--hide-scrollbars"),
    # Whatever a page asks for, no host but this machine is found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
_HERE = ("127.0.0.1", "localhost")


class Browser:
    """An open browser.

    Attributes:
        driver: Selenium's, for whatever has no method here.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._requested: list[str] = []

    def open(self, url: str, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        """Open a page in a window whose inside is of so many CSS pixels."""
        self._do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._do("Emulation.setEmulatedMedia", features=[scheme])
        self.driver.get(url)

    def run(self, script: str) -> Any:
        """What a script returns in the page."""
        return self.driver.execute_script(script)

    def text(self) -> str:
        """What can be read on the page."""
        return str(self.run("return document.body.innerText"))

    def overflow(self) -> int:
        """How many pixels the page is wider than the window; 0 if it need not be scrolled."""
        script = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
        return int(self.run(script))

    def console_errors(self) -> list[str]:
        """The errors and warnings in the console since this was last called."""
        logged = self.driver.get_log("browser")
        return [entry["message"] for entry in logged if entry["level"] in ("SEVERE", "WARNING")]

    def outside_requests(self) -> list[str]:
        """The addresses of other hosts than this machine that pages have asked for so far."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._requested.append(message["params"]["request"]["url"])
        split = [urlsplit(url) for url in self._requested]
        # The browser's own pages have addresses of another scheme.
        return [
            each.geturl()
            for each in split
            if each.scheme in ("http", "https", "ws", "wss") and each.hostname not in _HERE
        ]

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """Save the page as a PNG, all of it or what the window shows."""
        answer = self._do("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(b64decode(answer["data"]))

    def pdf(self, path: Path) -> None:
        """Save the page as it is printed, on A4."""
        size = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
        path.write_bytes(
            b64decode(self._do("Page.printToPDF", printBackground=True, **size)["data"])
        )

    def _do(self, command: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, parameters)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a new profile in `folder`, which is closed in the end.

    The test is skipped where there is no browser, no driver for it, or no Selenium.
    """
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    path, driver = _browser(), shutil.which("chromedriver")
    if path is None or driver is None:
        missing = "chromedriver" if path else "Chromium or Chrome"
        pytest.skip(f"{missing} is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = path
    for option in (*_OPTIONS, f"--user-data-dir={folder / 'browser-profile'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With both paths named, Selenium looks for neither and downloads nothing.
    opened = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield Browser(opened)
    finally:
        with suppress(Exception):
            opened.quit()


def _browser() -> str | None:
    """The path of an installed browser."""
    named = next(filter(None, map(shutil.which, _BROWSERS)), None)
    places = (place for place in _PLACES.get(sys.platform, ()) if Path(place).is_file())
    return named or next(places, None)
