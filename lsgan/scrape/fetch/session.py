"""The requests session that everything is fetched with."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.response import AbortedError, FetchError, InsecureError, words
from lsgan.scrape.fetch.sockets import connect, secure_context

# Hosts, and idle connections to each, that are kept: every one takes a file descriptor.
_HOSTS, _CONNECTIONS = 32, 8


class Session(requests.Session):
    """A session for many threads, which connects to checked addresses alone.

    Nothing is taken from the environment: a proxy connects to addresses that nobody has checked,
    and a .netrc would tell passwords to whom a page redirects.

    Args:
        allow_private: whether hosts outside the public internet may be asked.
        agent: the header User-Agent.
        proxy: the address of a proxy; empty for none.
    """

    def __init__(self, allow_private: bool, agent: str, proxy: str = "") -> None:
        super().__init__()
        self.trust_env = False
        self.proxies = {"http": proxy, "https": proxy} if proxy else {}
        self.headers.clear()
        self.headers.update({"User-Agent": agent, "Accept": "*/*"})
        # Of requests' own jar every request copies the cookies of all hosts.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(allow_private)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    @contextmanager
    def exchange(
        self, url: str, headers: dict[str, str], cookies: dict[str, str], attempt: Attempt
    ) -> Iterator[requests.Response]:
        """Ask for `url`, and give the response, of which the body has not been read yet.

        Raises:
            FetchError: host-unknown, private-address, connection, too-slow, deadline or
                host-budget.
            AbortedError: if somebody aborts.
        """
        timing = attempt.timing
        with attempt.under_way():
            response = None
            while response is None:
                try:
                    response = self.get(
                        url,
                        headers=headers,
                        cookies=cookies,
                        stream=True,
                        allow_redirects=False,
                        timeout=(timing.connect, timing.tick),
                    )
                except (FetchError, AbortedError):
                    raise
                except Exception as error:  # the parsers have as many errors as servers have ideas
                    # A server may close a connection that was kept, in the meantime.
                    if attempt.connects or not isinstance(error, requests.ConnectionError):
                        raise _as_fetch_error(error) from error
            with response:
                attempt.begin_body()
                yield response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: the client takes one hop after another.

        Told of one, requests would read the whole body of a redirect, however long, even where it
        is not to follow it.
        """


class _Adapter(HTTPAdapter):
    """requests' own but for how it connects; the server's name stays the host's."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._lock = threading.Lock()
        super().__init__(pool_connections=_HOSTS, pool_maxsize=_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, ssl_context=secure_context(), **named)
        _let_connect(self.poolmanager, self._allow_private)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        with self._lock:
            if proxy not in self.proxy_manager:
                manager = super().proxy_manager_for(proxy, ssl_context=secure_context(), **named)
                # The user has named it, wherever it is.
                _let_connect(manager, allow_private=True)
            return self.proxy_manager[proxy]

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Always, by the context: requests would read its certificates for each connection."""
        conn.cert_reqs = "CERT_REQUIRED"


def _let_connect(manager: Any, allow_private: bool) -> None:
    """Have the pools of a manager connect to checked addresses."""

    def checking(pool: Any) -> Any:
        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            def _new_conn(self) -> Any:
                return connect(self.host, self.port, allow_private)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: checking(pool) for scheme, pool in pools.items()}


def _as_fetch_error(error: Exception) -> FetchError:
    cause = _cause(error)
    insecure = isinstance(cause, ssl.SSLCertVerificationError)
    return (InsecureError if insecure else FetchError)("connection", words(cause))


def _cause(error: BaseException) -> BaseException:
    """What has been wrapped, once or more, to become `error`."""
    inner = (*error.args, getattr(error, "reason", None))
    found = next((one for one in inner if isinstance(one, BaseException)), None)
    return error if found is None else _cause(found)
