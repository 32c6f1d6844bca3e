"""Chromium with a microphone that hears a WAV, before the real server."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.conftest import REQUIRE_ALL
from tests.validation_app.live_server import LiveServer

CHROMIUM = Path("/usr/bin/chromium")
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
SENTENCES = [f"This is sentence number {number} of a few." for number in range(1, 13)]

PATIENCE_MS = 30_000
"""Nothing here takes so long, unless the machine is busy."""

OpenBrowser = Callable[[Path], Browser]
OpenPage = Callable[[], Page]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Skips where there is no Chromium.

    Its event loop runs in this thread: no longer than one file's tests, for others start their own.
    """
    if not CHROMIUM.is_file():
        message = f"no {CHROMIUM}: make system-packages installs it"
        if REQUIRE_ALL:
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def open_browser(playwright: Playwright) -> Iterator[OpenBrowser]:
    """Starts a Chromium whose microphone hears a WAV again and again."""
    opened = []

    def start(wav: Path) -> Browser:
        flags = ["use-fake-device-for-media-stream", "use-fake-ui-for-media-stream"]
        flags += [f"use-file-for-fake-audio-capture={wav}", "no-sandbox"]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[f"--{flag}" for flag in flags]
        )
        opened.append(browser)
        return browser

    yield start
    for browser in opened:
        browser.close()


def hum(path: Path, level: float) -> Path:
    """A WAV of 20 s with a tone of which every second second is softer; ``level`` is its peak."""
    source = f"aevalsrc={level}*sin(2*PI*300*t)*(1-0.6*mod(floor(t)\\,2)):s=48000:d=20"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def chromium(open_browser: OpenBrowser, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """A browser whose microphone hears a tone."""
    return open_browser(hum(tmp_path_factory.mktemp("microphone") / "hum.wav", 0.3))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server with twelve sentences, in a folder of the test."""
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("\n".join(SENTENCES), encoding="utf-8")
    running = LiveServer(tmp_path / "data", sentences)
    yield running
    running.kill()


@pytest.fixture
def contexts(chromium: Browser, server: LiveServer) -> Iterator[Callable[[], BrowserContext]]:
    """Makes contexts, each of which is another person; closed in the end."""
    opened: list[BrowserContext] = []

    def new() -> BrowserContext:
        opened.append(chromium.new_context(viewport=DESK, base_url=server.url))
        return opened[-1]

    yield new
    for context in opened:
        context.close()


@pytest.fixture
def open_page(contexts: Callable[[], BrowserContext]) -> Iterator[OpenPage]:
    """Opens a page of somebody new; what goes wrong in its scripts fails the test."""
    faults: list[str] = []

    def new() -> Page:
        page = contexts().new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(PATIENCE_MS)
        page.goto("/")
        return page

    yield new
    assert faults == []
