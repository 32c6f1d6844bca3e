"""What is said of a recording before it is sent, and whose the microphone is."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.validation_app.browser.conftest import SENTENCES, OpenBrowser, OpenPage, hum
from tests.validation_app.browser.steps import record_with_keys
from tests.validation_app.live_server import LiveServer

pytestmark = pytest.mark.slow

MEASURE = """async ([peak, seconds, clipped]) => {
    const { measure, problemOf, limitsOf } = await import("/static/js/loudness.js");
    const samples = new Float32Array(seconds * 1000).fill(peak);
    samples.fill(1, 0, clipped * samples.length);
    const limits = limitsOf(document.getElementById("main").dataset);
    const problem = problemOf(measure(samples, 1000), limits);
    return problem ? `${problem.fatal ? "" : "yet "}${problem.text.split(/[:.,]/)[0]}` : "";
}"""

TRACKS = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.tracks = [];
navigator.mediaDevices.getUserMedia = async (wishes) => {
    const stream = await ask(wishes);
    window.tracks.push(...stream.getTracks());
    return stream;
};"""
"""Keeps what the page was given to record from in `window.tracks`."""


def speak_page(browser: Browser, server: LiveServer) -> Page:
    page = browser.new_context(base_url=server.url).new_page()
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    return page


@pytest.mark.parametrize(
    ("peak", "seconds", "clipped", "said"),
    [
        (0.5, 1.0, 0.0, ""),
        (0.5, 15.0, 0.0, ""),
        (0.5, 0.9, 0.0, "Too short"),
        (0.5, 15.1, 0.0, "Too long"),
        (0.0317, 2.0, 0.0, ""),
        (0.0315, 2.0, 0.0, "Too quiet"),
        (0.5, 2.0, 0.001, ""),
        (0.5, 2.0, 0.0015, "yet It is so loud that it rattles"),
    ],
)
def test_limits(
    chromium: Browser,
    shared_speak_page: Page,
    peak: float,
    seconds: float,
    clipped: float,
    said: str,
) -> None:
    assert shared_speak_page.evaluate(MEASURE, [peak, seconds, clipped]) == said


@pytest.fixture(scope="module")
def shared_speak_page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """One page for all that only measures."""
    folder = tmp_path_factory.mktemp("speak")
    (folder / "sentences.txt").write_text("One sentence.", encoding="utf-8")
    server = LiveServer(folder / "data", folder / "sentences.txt")
    page = speak_page(chromium, server)
    page.evaluate("() => import('/static/js/loudness.js').then(() => {})")
    server.kill()
    return page


def test_too_short_is_said_and_not_kept(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    record_with_keys(page, 0.1)
    expect(page.locator("#status")).to_contain_text("Too short: 0.")
    expect(page.locator("#play")).to_have_attribute("aria-disabled", "true")


def test_too_quiet_is_said(open_browser: OpenBrowser, server: LiveServer, tmp_path: Path) -> None:
    page = speak_page(open_browser(hum(tmp_path / "quiet.wav", 0.001)), server)
    record_with_keys(page)
    expect(page.locator("#status")).to_contain_text("Too quiet")


def test_clipped_is_said_and_may_be_kept(
    open_browser: OpenBrowser, server: LiveServer, tmp_path: Path
) -> None:
    page = speak_page(open_browser(hum(tmp_path / "loud.wav", 30.0)), server)
    record_with_keys(page)
    expect(page.locator("#status")).to_contain_text("so loud that it rattles")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 1, recorded, now")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 2, now")


def test_a_recording_ends_by_itself_and_is_too_long(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("Too long")


def test_a_hidden_page_lets_the_microphone_go(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(TRACKS)
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("Speak now")
    states = "() => tracks.map((track) => `${track.kind} ${track.readyState}`)"
    assert page.evaluate(states) == ["audio live"]
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    expect(page.locator("#status")).to_contain_text("the microphone was let go")
    assert page.evaluate(states) == ["audio ended"]
    page.evaluate("() => delete document.hidden")
    record_with_keys(page)
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 2, now")


def test_a_microphone_that_is_denied_is_said(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(
        """navigator.mediaDevices.getUserMedia = () =>
            Promise.reject(new DOMException("no", "NotAllowedError"));"""
    )
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("may not use the microphone")
    expect(page.locator("#record")).not_to_have_attribute("aria-disabled", "true")


def test_a_microphone_that_was_unplugged_is_asked_for_again(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(TRACKS)
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    record_with_keys(page)
    page.evaluate("() => tracks[0].stop()")
    record_with_keys(page)
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 3, now")
    assert page.evaluate("() => tracks.length") == 2


def test_an_undone_skip_takes_no_recording_away(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    sentence = page.locator("#sentence")
    expect(sentence).not_to_be_empty()
    skipped = sentence.inner_text()
    page.keyboard.press("s")
    expect(sentence).not_to_have_text(skipped)
    instead = sentence.inner_text()
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("Speak now")
    page.keyboard.press("u")  # not while the microphone is on
    page.wait_for_timeout(1400)
    page.keyboard.press("r")
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 2, now")
    page.keyboard.press("u")
    expect(sentence).to_have_text(skipped)
    page.keyboard.press("2")
    expect(sentence).to_have_text(instead)
    expect(page.locator("[aria-current=step]")).to_contain_text("Sentence 2, recorded, now")


def test_the_last_skip_can_be_undone_where_no_sentence_is_left(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/speak")
    sentence = page.locator("#sentence")
    expect(sentence).not_to_be_empty()
    last = ""
    for left in range(len(SENTENCES), 0, -1):
        expect(page.locator(".step")).to_have_count(min(5, left))
        last = sentence.inner_text()
        page.keyboard.press("s")
        if left > 1:
            expect(sentence).not_to_have_text(last)
    page.locator("#notice-undo").click()
    expect(sentence).to_have_text(last)
    expect(page.locator("#main")).to_be_focused()
