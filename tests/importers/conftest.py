"""A real web server on this machine, with one file, that does what it is told to do wrong."""

import hashlib
import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.importers.fetching import Fetching

Fault = Callable[["Answer"], "Answer"]


@dataclass(frozen=True)
class Request:
    """What was asked, headers by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str | None:
        return self.headers.get("range")


@dataclass(frozen=True)
class Answer:
    """What is going to be answered; ``body`` may be cut: the connection is closed then."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bytes
    cut: int | None = None
    hold: int | None = None
    """After so many bytes the server waits until it is told to go on."""

    def of(self, **headers: str) -> "Answer":
        """With these headers too (``_`` for ``-``); an empty value takes one away."""
        merged = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={name: value for name, value in merged.items() if value})


@dataclass
class Site:
    """The file, how the server treats each request in turn, and what it was asked."""

    content: bytes
    etag: str = '"v1"'
    last_modified: str = ""
    ranges: bool = True
    lengths: bool = True
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    routes: dict[str, Callable[[Request], Answer]] = field(default_factory=dict)
    url: str = ""
    go_on: threading.Event = field(default_factory=threading.Event)
    holding: threading.Event = field(default_factory=threading.Event)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def ranges_asked(self) -> list[str | None]:
        return [request.range for request in self.requests]

    def answer(self, request: Request) -> Answer:
        """As an honest server does it (RFC 9110, 13.1.5 and 14)."""
        headers = {
            "Content-Type": "application/gzip",
            "ETag": self.etag,
            "Last-Modified": self.last_modified,
            "Date": formatdate(usegmt=True),
        }
        honest = Answer(200, {}, self.content, self.content).of(**headers)
        asked = re.fullmatch(r"bytes=(\d+)-", request.range or "")
        condition = request.headers.get("if-range")
        if asked and self.ranges and condition in (None, self.etag, self.last_modified):
            start, total = int(asked[1]), len(self.content)
            if start >= total:
                honest = replace(honest, status=416, body=b"")
                return honest.of(Content_Range=f"bytes */{total}", Content_Length="0")
            honest = replace(honest, status=206, body=self.content[start:])
            honest = honest.of(Content_Range=f"bytes {start}-{total - 1}/{total}")
        if self.lengths:
            honest = honest.of(Content_Length=str(len(honest.body)))
        return honest


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers)
        self.site.requests.append(request)
        route = self.site.routes.get(self.path.partition("?")[0])
        answer = route(request) if route else self.site.answer(request)
        if not route and self.site.faults:
            answer = self.site.faults.pop(0)(answer)
        self._send(answer)

    do_POST = do_GET  # noqa: N815

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.hold is not None:
            self.wfile.write(answer.body[: answer.hold])
            self.site.holding.set()
            self.site.go_on.wait(60)
        try:
            self.wfile.write(answer.body[answer.hold or 0 : answer.cut])
            self.wfile.flush()
        except OSError:
            pass  # whoever asked has gone
        if answer.cut is not None or "Content-Length" not in answer.headers:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: object) -> None:
        pass  # whoever asked has hung up


@pytest.fixture
def serve() -> Iterator[Callable[[Site], Site]]:
    """Puts a site on the network of this machine; its ``url`` is then where it is."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread, Site]] = []

    def start(site: Site) -> Site:
        handler = type("Handler", (_Handler,), {"site": site})
        server = _Server(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        servers.append((server, thread, site))
        return site

    yield start
    for server, thread, site in servers:
        site.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def new_site(serve: Callable[[Site], Site]) -> Callable[..., Site]:
    """A site that is served, by default of 200,000 random bytes that begin as gzip does."""
    compressed = b"\x1f\x8b" + random.Random(1).randbytes(199_998)

    def make(content: bytes | None = None, **settings: object) -> Site:
        return serve(Site(content or compressed, **settings))  # type: ignore[arg-type]

    return make


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """An honest site, until it is told otherwise."""
    return new_site()


@pytest.fixture
def fetch(tmp_path: Path) -> Fetching:
    """Fetches into an empty folder."""
    folder = tmp_path / "target"
    folder.mkdir()
    return Fetching(folder)
