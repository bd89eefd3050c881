"""The connections that everything is fetched over."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from requests import Request
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import ProtocolError, SSLError
from urllib3.util import parse_url

from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.response import AbortedError, FetchError, InsecureError, words
from lsgan.scrape.fetch.sockets import connect, secure_context

# Hosts, and idle connections to each, that are kept: every one takes a file descriptor.
_HOSTS, _CONNECTIONS = 32, 16


class Session:
    """Connections for many threads, to checked addresses alone.

    Nothing is taken from the environment: a proxy connects to addresses that nobody has checked,
    and a .netrc would tell passwords to whom a page redirects.

    Args:
        allow_private: whether hosts outside the public internet may be asked.
        agent: the header User-Agent.
        proxy: the address of a proxy; empty for none.
    """

    def __init__(self, allow_private: bool, agent: str, proxy: str = "") -> None:
        self._headers = {"user-agent": agent, "accept": "*/*"}
        # Certificates are always verified: the context says so.
        named: dict[str, Any] = {
            "num_pools": _HOSTS,
            "maxsize": _CONNECTIONS,
            "ssl_context": secure_context(),
            "cert_reqs": "CERT_REQUIRED",
        }
        if proxy:
            self._manager: PoolManager = ProxyManager(
                proxy, proxy_headers=_authorization(proxy), **named
            )
        else:
            self._manager = PoolManager(**named)
        # Where the proxy is is the user's own word.
        _let_connect(self._manager, allow_private or bool(proxy))

    @contextmanager
    def exchange(
        self, url: str, headers: Mapping[str, str], cookies: dict[str, str], attempt: Attempt
    ) -> Iterator[BaseHTTPResponse]:
        """Ask for `url`, and give the response, of which the body has not been read yet.

        No redirect is followed: the client takes one hop after another.

        Raises:
            FetchError: host-unknown, private-address, connection, too-slow, deadline or
                host-budget.
            AbortedError: if somebody aborts.
        """
        sent = {**self._headers, **_cookie_header(cookies), **headers}
        with attempt.under_way():
            response = None
            while response is None:
                try:
                    response = self._manager.urlopen(
                        "GET",
                        url,
                        headers=sent,
                        timeout=Timeout(connect=attempt.timing.connect, read=attempt.timing.tick),
                        preload_content=False,
                        redirect=False,
                        retries=False,
                    )
                except (FetchError, AbortedError):
                    raise
                except Exception as error:  # the parsers have as many errors as servers have ideas
                    # A server may close a connection that was kept, in the meantime.
                    kept = not attempt.connects
                    if not (kept and isinstance(error, (ProtocolError, SSLError, OSError))):
                        raise _as_fetch_error(error) from error
            try:
                attempt.begin_body()
                yield response
            finally:
                # One that has been read to its end has gone back to the others already.
                response.close()
                response.release_conn()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._manager.clear()


def cookies_of(url: str, response: BaseHTTPResponse) -> dict[str, str]:
    """The cookies that the response from `url` sets for its own host."""
    if "set-cookie" not in response.headers:
        return {}
    jar = RequestsCookieJar()
    extract_cookies_to_jar(jar, Request("GET", url).prepare(), response)
    return {name: value for name, value in jar.get_dict().items() if value}


def _cookie_header(cookies: dict[str, str]) -> dict[str, str]:
    told = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"cookie": told} if told else {}


def _authorization(proxy: str) -> dict[str, str]:
    """The header with the name and the password that stand in a proxy's address."""
    secret = parse_url(proxy).auth
    return dict(make_headers(proxy_basic_auth=unquote(secret))) if secret else {}


def _let_connect(manager: PoolManager, allow_private: bool) -> None:
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
