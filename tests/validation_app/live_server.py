"""The real server as a process of its own, for tests from outside."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN = 60
"""Seconds; only a broken server takes them."""


class LiveServer:
    """``validation-app`` at a port that stays the same when it is stopped and started again."""

    def __init__(self, data: Path, sentences: Path) -> None:
        self.data = data
        self._sentences = sentences
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it listens."""
        flags = ["--data", str(self.data), "--sentences", str(self._sentences)]
        command = [sys.executable, "-m", "validation_app.command", *flags, "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said.startswith(self.url), said + self._process.stdout.read()

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._end(signal.SIGINT)

    def _end(self, sent: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(sent)
            process.communicate(timeout=_STARTS_WITHIN)


def record(server: LiveServer, recordings: Iterable[bytes]) -> list[str]:
    """Somebody new uploads these as recordings of the next sentences; their texts."""
    with httpx.Client(base_url=server.url, timeout=_STARTS_WITHIN) as client:
        client.get("/api/mine")
        client.headers["X-CSRF-Token"] = client.cookies["csrf"]
        return [_record(client, audio) for audio in recordings]


def _record(client: httpx.Client, audio: bytes) -> str:
    [sentence] = client.get("/api/sentences", params={"count": 1}).json()["sentences"]
    answer = client.post("/api/clips", params={"sentence": sentence["id"]}, content=audio)
    assert answer.status_code == 201, answer.text
    return str(sentence["text"])
