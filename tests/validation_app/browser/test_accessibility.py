"""axe-core finds nothing to object to, on any page, in any state, light or dark, small or large."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.validation_app.browser.conftest import DESK, PHONE, OpenPage
from tests.validation_app.browser.steps import hear, record_set, record_with_keys
from tests.validation_app.live_server import LiveServer
from tests.validation_app.recorded_audio import tone

pytestmark = pytest.mark.slow

Check = Callable[[str], None]


@pytest.fixture
def clips(server: LiveServer, tmp_path: Path) -> list[str]:
    """Two clips of somebody, a second long."""
    return server.record([tone(tmp_path / f"{n}.ogg", 1.0 + n / 10) for n in range(2)])


def objections(page: Page) -> list[tuple[str, str, list[Any]]]:
    """What axe-core finds: rule, impact, elements."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["impact"], [node["html"] for node in one["nodes"]]) for one in found]


def check(page: Page) -> None:
    """In both colour schemes, in both sizes."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert objections(page) == [], (page.url, size, scheme)
            wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (page.url, size, "scrolls to the side")


def test_welcome_overview_and_profile(open_page: OpenPage, clips: list[str]) -> None:
    page = open_page()
    for path in ("/", "/overview", "/profile"):
        page.goto(path)
        for summary in page.locator("summary").all():
            summary.click()
        check(page)


def test_listening(open_page: OpenPage, clips: list[str]) -> None:
    page = open_page()
    page.goto("/listen")
    expect(page.locator("#sentence")).not_to_be_empty()
    check(page)
    page.keyboard.press("r")
    expect(page.locator("#report")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    hear(page)
    check(page)
    page.keyboard.press("n")
    expect(page.locator("#reasons")).to_be_visible()
    page.locator("[data-reason=noise]").click()
    check(page)
    page.keyboard.press("s")
    expect(page.locator("#notice-title")).to_be_visible()
    check(page)


def test_speaking(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    check(page)
    record_with_keys(page)
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("Speak now")
    check(page)
    page.keyboard.press("r")
    expect(page.locator("#record")).not_to_contain_class("busy")
    page.reload()
    record_set(page)
    check(page)
    page.keyboard.press("Enter")
    expect(page.locator("#delivery")).to_contain_text("with the listeners now")
    check(page)
