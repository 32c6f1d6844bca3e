"""A server that is stopped and started again at the same address, as browsers know it."""

import socket
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path

import httpx

from tests.validation_app.running import running


class LiveServer:
    """``validation-app`` as its own process, or not at the moment."""

    def __init__(self, data: Path, sentences: Path) -> None:
        self.data = data
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{port}"
        self._flags = ["--sentences", str(sentences), "--port", port]
        self._stack = ExitStack()
        self.start()

    def start(self) -> None:
        """Returns when it listens."""
        self._running = self._stack.enter_context(running(self.data, self._flags))

    def record(self, recordings: Iterable[bytes]) -> list[str]:
        """Somebody new uploads these as recordings of the next sentences; their texts."""
        with closing(self._running.person()) as person:
            return [_record(person, audio) for audio in recordings]

    def kill(self) -> None:
        """As a power cut would; nothing where it does not run."""
        self._stack.close()


def _record(person: httpx.Client, audio: bytes) -> str:
    [sentence] = person.get("/api/sentences", params={"count": 1}).json()["sentences"]
    answer = person.post("/api/clips", params={"sentence": sentence["id"]}, content=audio)
    assert answer.status_code == 201, answer.text
    return str(sentence["text"])
