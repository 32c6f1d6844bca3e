"""Every action by the keyboard alone; keys that are changed, switched off, or somebody else's."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.validation_app.browser.conftest import OpenPage
from tests.validation_app.browser.steps import hear, record_set, record_with_keys
from tests.validation_app.live_server import LiveServer
from tests.validation_app.recorded_audio import tone

pytestmark = pytest.mark.slow


@pytest.fixture
def clips(server: LiveServer, tmp_path: Path) -> list[str]:
    """Three clips of somebody, a second long; their sentences."""
    audio = [tone(tmp_path / f"{n}.ogg", 1.0 + n / 10) for n in range(3)]
    return server.record(audio)


def standing(page: Page) -> dict[str, int]:
    """What the server knows of this person."""
    said = page.request.get("/api/mine").json()
    assert isinstance(said, dict)
    return said


def test_listening(open_page: OpenPage, clips: list[str]) -> None:
    page = open_page()
    page.goto("/listen")
    sentence, status = page.locator("#sentence"), page.locator("#status")
    expect(sentence).not_to_be_empty()
    first = sentence.inner_text()
    page.keyboard.press("y")
    expect(status).to_have_text("First listen to the end, then say yes.")
    page.keyboard.press("p")
    expect(page.locator("#play")).to_contain_class("busy")
    page.keyboard.press("p")
    expect(page.locator("#play")).not_to_contain_class("busy")
    hear(page)
    page.keyboard.press("n")
    expect(sentence).not_to_have_text(first)
    expect(page.locator("#reasons")).to_be_visible()
    page.keyboard.press("u")
    expect(sentence).to_have_text(first)
    page.keyboard.press("y")
    expect(sentence).not_to_have_text(first)
    second = sentence.inner_text()
    page.keyboard.press("s")
    expect(sentence).not_to_have_text(second)
    page.keyboard.press("r")
    expect(page.locator("#report")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#notice-title")).to_have_text("Nothing left to hear")
    page.keyboard.press("u")  # the skip: a report is not undone
    expect(sentence).to_have_text(second)
    assert standing(page)["voted"] == 1


def test_speaking(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    sentence, status = page.locator("#sentence"), page.locator("#status")
    expect(sentence).not_to_be_empty()
    first = sentence.inner_text()
    page.keyboard.press("s")
    expect(sentence).not_to_have_text(first)
    page.keyboard.press("u")
    expect(sentence).to_have_text(first)
    page.keyboard.press("f")
    expect(page.locator("#report")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(sentence).not_to_have_text(first)
    expect(status).to_contain_text("Reported.")
    page.keyboard.press("3")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 3, now")
    record_with_keys(page)
    page.keyboard.press("3")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 3, recorded, now")
    page.keyboard.press("p")
    expect(page.locator("#play")).to_contain_class("busy")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 4, now")
    for _ in range(4):
        record_with_keys(page)
    expect(page.locator("#review-title")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#play-all")).to_contain_class("busy")
    page.keyboard.press("Enter")
    expect(page.locator("#delivery")).to_have_text(
        "All your recordings are with the listeners now."
    )
    assert standing(page)["recorded"] == 5
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 1, now")


def test_keys_can_be_changed_and_switched_off(open_page: OpenPage, clips: list[str]) -> None:
    page = open_page()
    page.goto("/listen")
    sentence = page.locator("#sentence")
    expect(sentence).not_to_be_empty()
    first = sentence.inner_text()
    for theirs in ("Control+s", "Alt+s", "Shift+S"):
        page.keyboard.press(theirs)
    expect(sentence).to_have_text(first)
    page.keyboard.press("?")
    skip = page.get_by_role("button", name="Skip: s. Change").first
    skip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("y")
    expect(page.locator("#keys-status")).to_have_text("“y” is already “Yes”. Another one?")
    page.keyboard.press("x")
    expect(page.locator("#keys-status")).to_have_text("“Skip” is now “x”.")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(sentence).to_have_text(first)
    page.keyboard.press("x")
    expect(sentence).not_to_have_text(first)
    page.reload()
    expect(page.locator("#skip kbd")).to_have_text("x")
    page.keyboard.press("?")
    page.locator("#keys-on").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("#skip kbd")).to_have_count(0)
    second = sentence.inner_text()
    page.keyboard.press("x")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    expect(sentence).to_have_text(second)


def test_pages_and_their_forms_take_no_mouse(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.goto("/profile")
    page.locator("#accents").focus()
    page.keyboard.type("yes please?")  # letters are letters in a field
    page.keyboard.press("Enter")
    expect(page.locator("#profile-status")).to_have_text("Saved. Thank you!")
    assert page.request.get("/api/profile").json()["accents"] == "yes please?"
    page.locator("#theme").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_recordings_of_a_set_are_made_again_by_number(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    page.keyboard.press("2")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 2, recorded, now")
    record_with_keys(page)
    expect(page.locator("#review-title")).to_be_focused()
