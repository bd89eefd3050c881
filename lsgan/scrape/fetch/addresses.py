"""From a host's name to the addresses that may be connected to."""

import contextlib
import ipaddress
import re
import socket
import threading
from dataclasses import dataclass
from typing import Any

from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.response import FetchError

# Everything that IANA has given out for the public IPv6 internet lies in here.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NUMERIC, _DOTTED = (
    re.compile(r"(?:^|\.)(?:0x[0-9a-f]*|[0-9]+)$"),
    re.compile(r"[0-9]+(\.[0-9]+){3}"),
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Networks of IPv6 whose last four bytes are an IPv4 address: mapped, compatible, translated (also
# by a site's own translator, RFC 8215).
_EMBEDDING = tuple(
    ipaddress.IPv6Network(network)
    for network in ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
# Where clouds hand out a machine's keys: AWS, Google, Oracle, Scaleway; Alibaba; Azure. The others'
# are link-local.
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("fd00:ec2::/32", "fd20:ce::/32", "fd00:c1::/32", "fd00:42::/32"),
        *("100.100.100.200", "168.63.129.16"),
    )
)

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Address:
    """One address of a host.

    Attributes:
        family: socket.AF_INET or AF_INET6.
        sockaddr: what a socket connects to; the IP address comes first.
    """

    family: int
    sockaddr: tuple[Any, ...]


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet.

    An IPv6 address that stands for an IPv4 address is judged by that one.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if _hands_out_keys(address):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    embedded = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        embedded = _last_bytes(address)
    if embedded is not None:
        return is_public(str(embedded))
    return address.is_global and address in _GLOBAL_UNICAST


def is_allowed(text: str, allow_private: bool) -> bool:
    """Whether an IP address may be connected to.

    Where clouds hand out a machine's keys, and link-local, never: no site lives there.
    """
    if is_public(text):
        return True
    return allow_private and not _hands_out_keys(ipaddress.ip_address(text.partition("%")[0]))


def _hands_out_keys(address: _Ip) -> bool:
    """Whether an address, or an IPv4 address in it, may be one of a cloud's for its machines."""
    if address.is_link_local or any(address in network for network in _METADATA):
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return False
    embedded = [address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _EMBEDDING):
        embedded.append(_last_bytes(address))
    return any(_hands_out_keys(each) for each in embedded if each is not None)


def _last_bytes(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def check_literal(host: str, allow_private: bool) -> None:
    """Go on, if `host` is a name or may be connected to: what can be told without looking it up.

    Raises:
        FetchError: private-address.
    """
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    elif _NUMERIC.search(host) and not _DOTTED.fullmatch(host):
        # 2130706433 and 127.1 are addresses to many resolvers.
        raise FetchError("private-address", f"{host} is an address in disguise")
    with contextlib.suppress(ValueError):  # a name
        if not is_allowed(host, allow_private):
            raise FetchError("private-address", host)


def resolve(host: str, port: int, allow_private: bool, attempt: Attempt) -> list[Address]:
    """The addresses of `host` that may be connected to, in the system's order.

    Raises:
        FetchError: host-unknown; private-address, if it has addresses but none is public;
            deadline.
        AbortedError: at once when somebody aborts.
    """
    found = _look_up(host, port, attempt)
    allowed = [item for item in found if is_allowed(str(item.sockaddr[0]), allow_private)]
    if not allowed:
        shown = ", ".join(str(item.sockaddr[0]) for item in found[:3])
        raise FetchError("private-address", f"{host} is {shown}")
    return allowed


def _look_up(host: str, port: int, attempt: Attempt) -> list[Address]:
    outcome: list[list[Address] | Exception] = []
    done = threading.Event()

    def ask() -> None:
        try:
            outcome.append(_ask_system(host, port))
        except Exception as error:  # whatever it is, the waiting thread must hear of it
            outcome.append(error)
        done.set()

    # The system's resolver can take minutes and cannot be interrupted, only left behind.
    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    while not done.wait(attempt.timing.tick):
        attempt.check()
    attempt.check()
    found = outcome[0]
    if isinstance(found, Exception):
        raise FetchError("host-unknown", f"{host}: {found}") from found
    if not found:
        raise FetchError("host-unknown", host)
    return found


def _ask_system(host: str, port: int) -> list[Address]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    families = (socket.AF_INET, socket.AF_INET6)
    return [Address(row[0], row[4]) for row in rows if row[0] in families]
