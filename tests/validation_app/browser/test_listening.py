"""What may be said of a clip, and when; what is undone; what is said when things go wrong."""

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.validation_app.browser.conftest import OpenPage
from tests.validation_app.browser.steps import hear
from tests.validation_app.live_server import LiveServer
from tests.validation_app.recorded_audio import tone

pytestmark = pytest.mark.slow


def votes(server: LiveServer) -> list[tuple[int, str]]:
    """is_valid and reason of all votes that the server has."""
    with sqlite3.connect(server.data / "validation.sqlite") as database:
        return database.execute("SELECT is_valid, reason FROM votes ORDER BY clip_id").fetchall()


def opens(page: Page) -> Page:
    page.goto("/listen")
    expect(page.locator("#sentence")).not_to_be_empty()
    return page


def test_no_after_three_seconds_and_yes_at_the_end(
    open_page: OpenPage, server: LiveServer, tmp_path: Path
) -> None:
    server.record([tone(tmp_path / "long.ogg", 6.0)])
    page = opens(open_page())
    yes, no = page.locator("#yes"), page.locator("#no")
    closed = "aria-disabled"
    for button in (yes, no):
        expect(button).to_have_attribute(closed, "true")
        button.click(force=True)
    page.locator("#play").click()
    expect(no).not_to_have_attribute(closed, "true")
    expect(yes).to_have_attribute(closed, "true")
    page.locator("#play").click()  # stopped: what was heard stays heard
    expect(page.locator("#play")).not_to_contain_class("busy")
    expect(no).not_to_have_attribute(closed, "true")
    page.locator("#play").click()
    expect(yes).not_to_have_attribute(closed, "true")
    assert votes(server) == []
    yes.click()
    expect(page.locator("#notice-title")).to_have_text("Nothing left to hear")
    assert votes(server) == [(1, "")]


def test_a_reason_is_given_after_a_no_and_goes_with_its_undoing(
    open_page: OpenPage, server: LiveServer, tmp_path: Path
) -> None:
    server.record([tone(tmp_path / "short.ogg", 1.0)])
    page = opens(open_page())
    hear(page)
    with page.expect_response("**/vote"):
        page.locator("#no").click()
    with page.expect_response("**/vote"):
        page.locator("[data-reason=cut-off]").click()
    assert votes(server) == [(0, "cut-off")]
    with page.expect_response("**/vote"):
        page.locator("#notice-undo").click()
    assert votes(server) == []
    expect(page.locator("#reasons")).to_be_hidden()
    expect(page.locator("#yes")).not_to_have_attribute("aria-disabled", "true")


def test_a_vote_that_is_not_saved_is_told_and_its_clip_comes_again(
    open_page: OpenPage, server: LiveServer, tmp_path: Path
) -> None:
    server.record([tone(tmp_path / f"{n}.ogg", 1.0 + n / 10) for n in range(2)])
    page = opens(open_page())
    first = page.locator("#sentence").inner_text()
    page.route("**/vote", lambda route: route.abort())
    hear(page)
    page.keyboard.press("y")
    expect(page.locator("#status")).to_contain_text("Your yes of")
    expect(page.locator("#status")).to_contain_text("was not saved")
    page.keyboard.press("s")
    expect(page.locator("#sentence")).to_have_text(first)


def test_audio_that_does_not_come_is_told_and_tried_again(
    open_page: OpenPage, server: LiveServer, tmp_path: Path
) -> None:
    server.record([tone(tmp_path / "short.ogg", 1.0)])
    page = open_page()
    page.route("**/audio/*.mp3*", lambda route: route.abort())
    opens(page)
    page.keyboard.press("p")
    expect(page.locator("#status")).to_contain_text("The audio did not come.")
    page.unroute("**/audio/*.mp3*")
    hear(page)


def test_the_next_clip_plays_by_itself_where_people_wish_it(
    open_page: OpenPage, server: LiveServer, tmp_path: Path
) -> None:
    server.record([tone(tmp_path / f"{n}.ogg", 1.0 + n / 10) for n in range(2)])
    page = opens(open_page())
    page.locator("#autoplay").check()
    hear(page)
    page.keyboard.press("y")
    expect(page.locator("#yes")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#yes")).not_to_have_attribute("aria-disabled", "true")
    page.reload()
    expect(page.locator("#autoplay")).to_be_checked()


def test_nothing_left_and_no_server_are_said(open_page: OpenPage, server: LiveServer) -> None:
    page = open_page()
    page.goto("/listen")
    title = page.locator("#notice-title")
    expect(title).to_have_text("Nothing left to hear")
    expect(title).to_be_focused()
    server.kill()
    page.locator("#retry").click()
    expect(title).to_have_text("The clips do not come")
    server.start()
    page.locator("#retry").click()
    expect(title).to_have_text("Nothing left to hear")


def test_the_last_vote_that_is_not_saved_brings_its_clip_back(
    open_page: OpenPage, server: LiveServer, tmp_path: Path
) -> None:
    [text] = server.record([tone(tmp_path / "short.ogg", 1.0)])
    page = opens(open_page())
    page.route("**/vote", lambda route: route.abort())
    hear(page)
    page.keyboard.press("y")
    expect(page.locator("#status")).to_contain_text("was not saved")
    expect(page.locator("#sentence")).to_have_text(text)
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "true")
