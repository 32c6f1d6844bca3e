"""The command as its own process, serving; and people at it by HTTP."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "validation_app.command"]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens."""

    process: subprocess.Popen[str]
    address: str
    said: list[str]
    """The lines of its stderr, as they come."""

    def person(self) -> httpx.Client:
        """Somebody new, with cookies and token."""
        client = httpx.Client(base_url=self.address, timeout=30)
        client.get("/api/mine")
        client.headers["X-CSRF-Token"] = client.cookies["csrf"]
        return client


@contextlib.contextmanager
def running(data: Path, flags: Sequence[str] = ()) -> Iterator[Running]:
    """A server at a free port; killed when the block ends, where it still is."""
    process = subprocess.Popen(
        [*COMMAND, "--data", str(data), "--port", "0", *flags],
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stderr
    said = [process.stderr.readline()]
    reader = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        assert said[0].startswith("http://127.0.0.1:"), said
        yield Running(process, said[0].split()[0], said)
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()
