"""A client that responses from memory and writes down what it was asked."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.politeness.limits import HostLimit

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def failure(reason: str, status: int, body: bytes = b"") -> FetchError:
    response = Response("https://example.org/", status, {"content-type": "text/html"}, body)
    return FetchError(reason, f"status {status}", response)


class RecordedClient:
    """Gives the responses in their order: JSON values, whole responses, or errors to be raised."""

    def __init__(self, *responses: Any) -> None:
        self.responses = list(responses)
        self.asked: list[dict[str, str]] = []
        self.urls: list[str] = []
        self.limits: dict[str, HostLimit] = {}
        self.pauses: list[tuple[str, float]] = []

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        api: bool = False,
    ) -> Response:
        assert api
        assert headers is None
        self.urls.append(url)
        self.asked.append(dict(params or {}))
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        if isinstance(response, Response):
            return response
        return Response(
            url, 200, {"content-type": "application/json"}, json.dumps(response).encode()
        )

    def limit(self, host: str, limit: HostLimit) -> None:
        self.limits[host] = limit

    def pause(self, host: str, seconds: float) -> None:
        self.pauses.append((host, seconds))


def damaged(value: Any) -> list[Any]:
    """Copies of a JSON value, in each one part of it replaced by something else or taken away."""
    copies = []
    for path in _paths(value):
        for other in (None, [], [7], {}, 7, -1.5, True, "x", "\ud800", ["REMOVED"]):
            changed = copy.deepcopy(value)
            place = changed
            for key in path[:-1]:
                place = place[key]
            if other == ["REMOVED"]:
                del place[path[-1]]
            else:
                place[path[-1]] = other
            copies.append(changed)
    return copies


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    paths = []
    for key, part in inside:
        paths.append((*path, key))
        if isinstance(part, (dict, list)):
            paths += _paths(part, (*path, key))
    return paths
