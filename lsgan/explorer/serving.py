"""Serving the page: from this machine alone, and to this machine alone unless asked otherwise."""

import os
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsgan.errors import ConfigError, OutputError
from lsgan.system.interruption import Interruption

if TYPE_CHECKING:
    import gradio as gr

_FIRST_PORT, _PORTS = 7860, 100
_MOST_BYTES = 64_000_000
_STYLE = Path(__file__).with_name("style.css")
_MAJOR = 6
_INSTALL = 'Install the extra with: pip install "lsgan[explore]"'
# Gradio's own scripts compile templates, hence unsafe-eval; nothing may come from another host.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; "
    "form-action 'self'"
)
_SECONDS = 0.5

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


@lru_cache(maxsize=1)
def prepare() -> "tempfile.TemporaryDirectory[str]":
    """Refuse if Gradio is not there or of another version, and have it report nothing to anyone.

    Must run before Gradio is loaded, which reads its environment once.

    Returns:
        The folder for what is uploaded, which is removed when this process ends.

    Raises:
        ConfigError: naming what to install.
    """
    try:
        found = version("gradio")
    except PackageNotFoundError as error:
        raise ConfigError("this page needs gradio, which is not installed", _INSTALL) from error
    if found.split(".")[0] != str(_MAJOR):
        raise ConfigError(f"this page needs gradio {_MAJOR}, and {found} is installed", _INSTALL)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    folder = tempfile.TemporaryDirectory(prefix="lsgan-explore-", ignore_cleanup_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    # Before it says that a page is there, Gradio asks for it, which no proxy can answer.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))
    return folder


def launch(page: "gr.Blocks", host: str, port: int | None, share: bool) -> str:
    """Serve a page in a thread of its own; returns its address.

    In a notebook it is shown there.

    Args:
        page: the page.
        host: the address to listen on: "127.0.0.1" for this machine alone, "0.0.0.0" for all.
        port: the port; None for the first free one from 7860 on.
        share: whether to make a public address for it, by a server of Gradio's.

    Raises:
        OutputError: if there is no such address, or the port is taken.
    """
    import gradio as gr
    from starlette.middleware import Middleware

    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="zinc",
        font=fonts,
        font_mono=["ui-monospace", "Consolas", "monospace"],
    )
    try:
        page.launch(
            server_name=host,
            server_port=_free_port(host, port),
            share=share,
            prevent_thread_lock=True,
            quiet=True,
            theme=theme,
            css_paths=_STYLE,
            footer_links=[],
            ssr_mode=False,
            pwa=False,
            max_file_size=_MOST_BYTES,
            app_kwargs={"middleware": [Middleware(_OwnHostOnly)]},
        )
    except OSError as error:
        raise OutputError(
            f"cannot serve a page on {host}: {error}", "Try another --port."
        ) from error
    return str(page.share_url or page.local_url)


def serve(
    page: "gr.Blocks", host: str, port: int | None, share: bool, say: Callable[[str], None]
) -> None:
    """Serve a page until Ctrl-C or SIGTERM.

    Args:
        page: as for `launch`.
        host: as for `launch`.
        port: as for `launch`.
        share: as for `launch`.
        say: is told the address.

    Raises:
        OutputError: as `launch` does.
    """
    ended = threading.Event()
    with Interruption(ended.set):
        say(f"{launch(page, host, port, share)}   (Ctrl-C ends it)")
        try:
            # Without a limit, Ctrl-C would not be noticed on Windows.
            while not ended.wait(_SECONDS):
                pass
        finally:
            page.close(verbose=False)


def _free_port(host: str, port: int | None) -> int:
    """The port asked for, or the first free one.

    Raises:
        OutputError: if it is taken, or all are, or there is no such host.
    """
    ports = range(_FIRST_PORT, _FIRST_PORT + _PORTS) if port is None else [port]
    for each in ports:
        try:
            family = socket.getaddrinfo(host, each, type=socket.SOCK_STREAM)[0][0]
            with socket.socket(family, socket.SOCK_STREAM) as tried:
                if os.name == "posix":
                    # One that was just closed is free, except on Windows, where this shares it.
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind((host, each))
        except socket.gaierror as error:
            raise OutputError(f"there is no address {host}", "Give one with --host.") from error
        except OSError as error:
            refused = error
        else:
            return each
    which = f"port {port}" if port is not None else f"ports {ports[0]} to {ports[-1]}"
    raise OutputError(
        f"cannot listen on {which} of {host}: {refused.strerror or refused}",
        "Choose another with --port." if port is None else "Leave --port out for a free one.",
    ) from refused


class _OwnHostOnly:
    """Has a browser load nothing from any other host, whatever a page says."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        async def answer(message: _Message) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _POLICY.encode())
                message["headers"] = [*message.get("headers", []), policy]
            await send(message)

        await self._app(scope, receive, answer)
