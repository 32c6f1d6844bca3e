"""Recordings outlive a dead server and a reload, and go only when the server has them."""

import pytest
from playwright.sync_api import Page, expect

from tests.validation_app.browser.conftest import OpenPage
from tests.validation_app.browser.steps import record_set
from tests.validation_app.live_server import LiveServer

pytestmark = pytest.mark.slow


def recorded(page: Page) -> int:
    """How many recordings of this person the server has."""
    return int(page.request.get("/api/mine").json()["recorded"])


def test_recordings_wait_until_the_server_is_back(open_page: OpenPage, server: LiveServer) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    server.kill()
    page.keyboard.press("Enter")
    expect(page.locator("#outbox")).to_have_text("5 waiting")
    expect(page.locator("#delivery")).to_contain_text("The server cannot be reached.")
    context = page.context
    page.close()
    server.start()
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#outbox")).to_be_hidden()
    assert recorded(page) == 5


def test_a_dead_network_and_a_reload_lose_nothing(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    page.context.route("**/api/clips?sentence=*", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.locator("#outbox")).to_have_text("5 waiting")
    page.goto("/listen")
    expect(page.locator("#outbox")).to_have_text("5 waiting")
    page.reload()
    expect(page.locator("#outbox")).to_have_text("5 waiting")
    assert recorded(page) == 0
    page.context.unroute("**/api/clips?sentence=*")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("#outbox")).to_be_hidden()
    assert recorded(page) == 5


def test_sentences_that_wait_are_not_asked_for_again(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    done = set(page.locator("#takes p").all_inner_texts())
    page.context.route("**/api/clips?sentence=*", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.locator("#outbox")).to_have_text("5 waiting")
    page.goto("/speak")
    seen = set()
    for number in "12345":
        page.keyboard.press(number)
        expect(page.locator("[aria-current=step]")).to_contain_text(f"Sentence {number}")
        seen.add(page.locator("#sentence").inner_text())
    assert len(seen) == 5 and seen.isdisjoint(done)


def test_what_the_server_will_not_have_is_shown_and_can_be_discarded(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)

    def refuse(url: str) -> bool:
        return "/api/clips?sentence=" in url

    answer = {"error": "not-audio", "message": "That is no audio."}
    page.context.route(refuse, lambda route: route.fulfill(status=422, json=answer))
    page.keyboard.press("Enter")
    expect(page.locator("#refused li")).to_have_count(5)
    expect(page.locator("#refused li").first).to_contain_text("That is no audio.")
    page.goto("/speak")
    expect(page.locator("#refused li")).to_have_count(5)
    for left in range(4, -1, -1):
        page.locator("#refused button").first.click()
        expect(page.locator("#refused li")).to_have_count(left)
        focused = page.locator("#refused button").first if left else page.locator("#sent-title")
        expect(focused).to_be_focused()
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()


def test_tokens_of_a_new_key_are_fetched_before_anything_is_given_up(
    open_page: OpenPage, server: LiveServer
) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    server.kill()
    (server.data / "secret.key").unlink()
    server.start()
    page.keyboard.press("Enter")
    expect(page.locator("#delivery")).to_contain_text("with the listeners now")
    assert recorded(page) == 5


def test_every_tab_sees_that_nothing_waits_any_more(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    page.context.route("**/api/clips?sentence=*", lambda route: route.abort())
    page.keyboard.press("Enter")
    other = page.context.new_page()
    other.goto("/")
    for tab in (page, other):
        expect(tab.locator("#outbox")).to_have_text("5 waiting")
    page.context.unroute("**/api/clips?sentence=*")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    for tab in (page, other):
        expect(tab.locator("#outbox")).to_be_hidden()
    assert recorded(page) == 5


def test_submitted_twice_in_a_row_is_sent_once(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    uploads = []
    page.on(
        "request", lambda one: uploads.append(one) if "/api/clips?sentence=" in one.url else None
    )
    page.evaluate("() => { for (const _ of [1, 2, 3]) document.getElementById('submit').click(); }")
    expect(page.locator("#delivery")).to_contain_text("with the listeners now")
    assert len(uploads) == 5


def test_an_answer_that_is_not_the_servers_gives_nothing_up(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    statuses = iter([200, 403])  # a network to log in to, and a proxy that forbids
    page.context.route(
        "**/api/clips?sentence=*",
        lambda route: route.fulfill(status=next(statuses), body="<h1>Log in</h1>"),
        times=2,
    )
    page.keyboard.press("Enter")
    expect(page.locator("#delivery")).to_contain_text("with the listeners now")
    expect(page.locator("#refused li")).to_have_count(0)
    assert recorded(page) == 5


def test_why_recordings_wait_is_said_in_the_servers_words(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    record_set(page)
    answer = {"error": "too-many", "message": "Go on in 5 minutes."}
    page.context.route(
        "**/api/clips?sentence=*", lambda route: route.fulfill(status=429, json=answer)
    )
    page.keyboard.press("Enter")
    expect(page.locator("#delivery")).to_contain_text("Go on in 5 minutes. 5 recordings wait")
