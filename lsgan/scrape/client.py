"""The one HTTP client: polite to servers, safe from them."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from urllib3 import BaseHTTPResponse

import lsgan
from lsgan.config import ScrapeSection
from lsgan.scrape.fetch import body
from lsgan.scrape.fetch.addresses import check_literal
from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.request import (
    ElsewhereError,
    Request,
    file_request,
    page_request,
    robots_request,
)
from lsgan.scrape.fetch.response import FetchError, Response, status_error
from lsgan.scrape.fetch.session import Session, cookies_of
from lsgan.scrape.fetch.timing import Clock, Timing
from lsgan.scrape.fetch.urls import Url
from lsgan.scrape.politeness import robots_tag
from lsgan.scrape.politeness.limits import Host, HostLimit, Hosts, Statistics
from lsgan.scrape.politeness.retries import Retries
from lsgan.scrape.politeness.robots import MAX_BYTES, Robots

# A host that gives nothing but these is down.
_LIFELESS = frozenset({"connection", "host-unknown", "deadline", "too-slow"})


def user_agent(contact: str) -> str:
    """How the client introduces itself; `contact` is the operator's address."""
    # Nothing but printable ASCII may stand in a header.
    told = contact.encode("ascii", "backslashreplace").decode("ascii")
    told = " ".join("".join(c if c.isprintable() else " " for c in told).split())
    name = f"lsgan/{lsgan.__version__} ({told or 'no contact given'})"
    return f"{name} python-urllib3/{version('urllib3')}"


# Takes the body of a good response; what it returns becomes `Response.body`.
Receive = Callable[[BaseHTTPResponse], bytes]


class Client:
    """Fetches over HTTP, under the limits of each host; used by many threads at once.

    Args:
        settings: the limits, and the operator's address.
        allow_private_hosts: whether hosts outside the public internet may be asked.
        timing: how long things may take.
        clock: the time, and what waits.
        owns: whether a host is this client's to ask; one that is not may only be redirected to.
    """

    def __init__(
        self,
        settings: ScrapeSection,
        allow_private_hosts: bool = False,
        timing: Timing | None = None,
        clock: Clock | None = None,
        owns: Callable[[str], bool] | None = None,
    ) -> None:
        self._settings = settings
        self._timing = timing or Timing()
        self._clock = clock or Clock()
        self._session = Session(allow_private_hosts, user_agent(settings.contact), settings.proxy)
        self._allow_private = allow_private_hosts
        self._owns = owns or (lambda _: True)
        self._hosts = Hosts(
            HostLimit(settings.concurrency, settings.interval),
            settings.max_host_megabytes * 1e6,
            self._timing.longest_wait,
            self._clock,
        )
        self._robots = Robots(
            self._robots_text,
            lambda host, delay: self._hosts[host].set_crawl_delay(delay),
            self._clock.check,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def limit(self, host: str, limit: HostLimit) -> None:
        """State what a host allows, such as "commons.wikimedia.org"."""
        self._hosts[host.lower()].set_limit(limit)

    def pause(self, host: str, seconds: float) -> None:
        """Start no request to `host` for so long, as it has asked for in a response's body.

        Raises:
            FetchError: rate-limited, if that is longer than one waits; so ends every further
                request to the host.
        """
        self._hosts[host.lower()].pause(seconds)

    def host(self, name: str) -> Host:
        """The limits and the state of a host."""
        return self._hosts[name.lower()]

    def tell_robots(self, url: Url, content: bytes | FetchError) -> None:
        """Take what somebody else has fetched as the robots.txt of an address's origin."""
        self._robots.tell(url, content)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        api: bool = False,
    ) -> Response:
        """Fetch `url` into memory, 16 megabytes at most.

        Args:
            url: http or https.
            params: added to the query.
            headers: sent besides the client's own; Referer, Cookie and Authorization are told to
                no other origin.
            api: a documented interface for programs, to which robots.txt and X-Robots-Tag do not
                apply.

        Raises:
            FetchError: for every reason of `REASONS`.
            AbortedError: at once when somebody aborts.
        """
        return self.fetch(page_request(url, params, headers, api))

    def download(self, url: str, path: Path, referer: str = "") -> Response:
        """Fetch `url` into the file `path`, which is overwritten and on the disk in the end.

        `Response.body` is empty. After an error the file may hold a part.

        Args:
            url: http or https.
            path: the file.
            referer: the page that shows it; told to its own site, and to others the site alone.

        Raises:
            FetchError: for every reason of `REASONS`.
            AbortedError: at once when somebody aborts.
            OSError: if the file cannot be written.
        """
        request = file_request(url, referer, self._most)

        def write(http_response: BaseHTTPResponse) -> bytes:
            with path.open("wb") as file:
                for piece in body.pieces(http_response, request.most):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            return b""

        return self.fetch(request, write)

    def fetch(self, request: Request, receive: Receive | None = None) -> Response:
        """Carry out a request.

        Args:
            request: what is asked for.
            receive: takes the body of the good response; else it is held in memory.

        Raises:
            FetchError: for every reason of `REASONS`.
            ElsewhereError: if it leads to a host that is not this client's.
            AbortedError: at once when somebody aborts.
        """
        receive = receive or _into_memory(request)
        retries = Retries(self._clock, self._timing)
        while True:
            response = self._ask(request, receive, retries)
            if not response.is_redirect:
                return response
            request = request.led_to(response.headers["location"])
            if not self._owns(request.url.host):
                raise ElsewhereError(request)

    def abort(self) -> None:
        """Let every fetch under way, every later one and every wait raise an AbortedError."""
        self._clock.abort()
        self._hosts.wake()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._session.close()

    def statistics(self) -> dict[str, Statistics]:
        """For each host asked: its "requests", "bytes" and "seconds_waited"."""
        return self._hosts.statistics()

    @property
    def _most(self) -> int:
        return int(self._settings.max_file_megabytes * 1e6)

    def _robots_text(self, url: Url) -> bytes:
        return self.fetch(robots_request(url, MAX_BYTES)).body

    def _ask(self, request: Request, receive: Receive, retries: Retries) -> Response:
        """One address, attempt after attempt; a redirect is a response."""
        self._clock.check()
        url = request.url
        if self._settings.proxy:
            check_literal(url.host, self._allow_private)
        host = self._hosts[url.host]
        host.check()
        if request.obeys:
            self._robots.check(url)
        while True:
            try:
                with host.turn():
                    response = self._attempt(request, receive, host)
                host.responded()
                return response
            except FetchError as error:
                try:
                    retries.wait(error, host)
                except FetchError as final:
                    if final.reason in _LIFELESS:
                        host.failed()
                    else:
                        host.responded()
                    raise

    def _attempt(self, request: Request, receive: Receive, host: Host) -> Response:
        url = request.url
        attempt = Attempt(
            self._clock,
            self._timing,
            self._settings.deadline,
            self._settings.least_speed,
            host.received,
        )
        cookies = host.cookies(url.origin)
        with self._session.exchange(str(url), request.headers, cookies, attempt) as http_response:
            if cookies := cookies_of(str(url), http_response):
                host.keep(url.origin, cookies)
            headers = {name.lower(): value for name, value in http_response.headers.items()}
            response = Response(str(url), http_response.status, headers, b"")
            if response.is_redirect:
                body.drain(http_response)
                return response
            if not 200 <= response.status < 300:
                raise status_error(replace(response, body=body.beginning_if_any(http_response)))
            if request.obeys:
                directive = robots_tag.forbidding(http_response.headers.getlist("x-robots-tag"))
                if directive:
                    raise FetchError("robots-tag", directive)
            return replace(response, body=receive(http_response))


def _into_memory(request: Request) -> Receive:
    if request.cut:
        return lambda http_response: body.beginning(http_response, request.most)
    return lambda http_response: b"".join(body.pieces(http_response, request.most))
