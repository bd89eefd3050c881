"""The connections between rank 0 and the other processes, beside gloo's or NCCL's.

They tell whether all are alive. Our own launcher sees that by itself. Paddle's watches those of its
own machine: when one on another machine dies, gloo raises an error in some of the others and NCCL
waits for ever; when the launcher is killed, its processes go on alone. So every process ends with
its launcher and when such a connection ends. The system closes it when a process dies, and
keep-alive probes find out within a minute when a machine is gone.

And on them the others wait for rank 0 while it works alone, since gloo waits no longer than 30 s.

What is sent is single bytes: that a process ends as it should (`_DONE`), that it ends with an error
that it has told (`_FAILED`), that it was asked to stop (`_STOP`), or that rank 0 is about to
broadcast (`_READY`). A process whose connection ends without the first two has died.
"""

import os
import secrets
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from lsgan.errors import RunError

_DONE, _FAILED, _STOP, _READY = b".", b"!", b"?", b">"
_LOOK_EVERY = 1.0  # seconds from one look at the launcher to the next
_LONGEST_WAIT = 60.0  # seconds until all must have connected
_TOKEN = 16  # bytes
_RANK = 4  # bytes
_GET_ADDRESS = 0x8915  # SIOCGIFADDR of Linux
# Seconds without a word until the first probe and between probes, and how many may go unanswered.
_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}


class Peers:
    """The connections of this process: of rank 0 to all others, of the others to rank 0.

    Args:
        rank: this process's.
        world_size: how many there are.
        connections: by the rank of the process at the other end.
        is_watched: whether the launcher ends this process when another one has died.
    """

    def __init__(
        self,
        rank: int,
        world_size: int,
        connections: dict[int, socket.socket],
        is_watched: bool = False,
    ) -> None:
        self._rank = rank
        self._is_watched = is_watched
        self._ready = threading.Semaphore(0)
        self._world_size = world_size
        self._connections = connections
        # Nothing can be asked of a connection that has broken.
        self._hosts = {rank: _host_of(connection) for rank, connection in connections.items()}
        self._is_closed = False
        self._others_ended = threading.Event()
        for connection in connections.values():
            _probe(connection)
        threading.Thread(target=self._watch, daemon=True).start()

    def announce(self) -> None:
        """Say that rank 0, this process, is about to broadcast."""
        self._send(_READY)

    def wait(self) -> None:
        """Wait until rank 0 is about to broadcast, however long that takes."""
        self._ready.acquire()

    def ask_to_stop(self) -> None:
        """Have rank 0 end the training as if the signal had come to it."""
        self._send(_STOP)

    def close(self, failed: bool) -> None:
        """Say that this process ends, and whether with an error, which it tells itself.

        Without an error it ends when rank 0 does, which may still draw or save and die of it.
        """
        if self._rank and not failed:
            self._others_ended.wait()
        self._is_closed = True
        self._send(_FAILED if failed else _DONE)

    def _watch(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                for rank, connection in self._connections.items():
                    selector.register(connection, selectors.EVENT_READ, rank)
                while selector.get_map():
                    for key, _ in selector.select():
                        if self._has_ended(key.data):
                            selector.unregister(key.fileobj)
        finally:
            self._others_ended.set()

    def _has_ended(self, rank: int) -> bool:
        """Do what the process of `rank` says; whether that was its last word."""
        word = self._receive(rank)
        if word == _STOP:
            os.kill(os.getpid(), signal.SIGTERM)
        elif word == _READY:
            self._ready.release()
        elif word == _DONE or self._is_closed or self._is_watched:
            return True
        else:
            self._end(rank, word)
        return False

    def _receive(self, rank: int) -> bytes:
        try:
            return self._connections[rank].recv(1)
        except OSError:
            return b""

    def _send(self, word: bytes) -> None:
        for connection in self._connections.values():
            with suppress(OSError):
                connection.sendall(word)

    def _end(self, rank: int, word: bytes) -> None:
        """End this process, since that of `rank` has; with a word about it unless it is known."""
        if word != _FAILED or not self._rank:
            how = "has ended with an error" if word == _FAILED else "has died"
            _say(f"process {rank + 1} of {self._world_size} on {self._hosts[rank]} {how}")
        self._send(_FAILED)
        # The main thread may wait for ever inside NCCL.
        os._exit(2)


def follow_launcher() -> None:
    """End this process when the one that has started it is gone; to be called in a thread."""
    launcher = os.getppid()
    while os.getppid() == launcher:
        time.sleep(_LOOK_EVERY)
    _say("the launcher of this process has died")
    os._exit(2)


def interface_to(host: str) -> str:
    """The name of the network interface through which `host` is reached; "" if it is not known.

    A machine's own name, by which gloo would choose, often stands for an address that no other
    machine reaches.
    """
    if not sys.platform.startswith("linux"):
        return ""
    import fcntl

    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))  # sends nothing
        address = socket.inet_aton(probe.getsockname()[0])
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode())
            with suppress(OSError):  # one without an address
                if fcntl.ioctl(probe, _GET_ADDRESS, request)[20:24] == address:
                    return name
    return ""


def _say(reason: str) -> None:
    error = RunError(
        f"{reason}, so the training ends", "Go on from the last checkpoint with --resume."
    )
    print(f"lsgan: {error}", file=sys.stderr, flush=True)


def connect(
    rank: int,
    world_size: int,
    host: str,
    broadcast: Callable[[tuple[int, bytes]], tuple[int, bytes]],
    is_watched: bool = False,
) -> Peers:
    """Connect this process with rank 0, or rank 0 with all others.

    Args:
        rank: this process's.
        world_size: how many there are.
        host: the name or address of rank 0's machine.
        broadcast: gives every process what rank 0 calls it with.
        is_watched: as for `Peers`.

    Raises:
        RunError: if a process cannot connect.
    """
    try:
        if rank:
            port, token = broadcast((0, b""))
            connection = socket.create_connection((host, port), timeout=_LONGEST_WAIT)
            connection.sendall(token + rank.to_bytes(_RANK, "big"))
            return Peers(rank, world_size, {0: connection}, is_watched)
        with socket.create_server(("", 0), backlog=world_size) as server:
            token = secrets.token_bytes(_TOKEN)
            broadcast((server.getsockname()[1], token))
            found = _accept(server, token, world_size - 1)
            return Peers(rank, world_size, found, is_watched)
    except OSError as error:
        raise RunError(
            f"the processes cannot connect to {host}: {error}",
            "Let the machines open TCP connections to each other on any port.",
        ) from error


def _accept(server: socket.socket, token: bytes, count: int) -> dict[int, socket.socket]:
    """The connections of the other ranks; whoever does not know the token is turned away."""
    server.settimeout(_LONGEST_WAIT)
    connections: dict[int, socket.socket] = {}
    while len(connections) < count:
        connection, _ = server.accept()
        greeting = _greeting(connection)
        if secrets.compare_digest(greeting[:_TOKEN], token):
            connections[int.from_bytes(greeting[_TOKEN:], "big")] = connection
        else:
            connection.close()
    return connections


def _greeting(connection: socket.socket) -> bytes:
    """The token and the rank that whoever connects sends first; fewer bytes if it sends fewer."""
    connection.settimeout(_LONGEST_WAIT)
    greeting = b""
    with suppress(OSError):
        while len(greeting) < _TOKEN + _RANK:
            more = connection.recv(_TOKEN + _RANK - len(greeting))
            if not more:
                break
            greeting += more
    return greeting


def _host_of(connection: socket.socket) -> str:
    """The address of the machine at the other end."""
    try:
        return str(connection.getpeername()[0])
    except OSError:  # it has ended already
        return "an unknown machine"


def _probe(connection: socket.socket) -> None:
    """Have the system find out when the other machine is gone, as far as this one can."""
    connection.settimeout(None)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
