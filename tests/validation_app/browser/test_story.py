"""One person reads five sentences, two others listen, and one of these thinks better of a vote.

Out comes a release that `import-cv` takes, and its audio is what was spoken.
"""

import csv
import itertools
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from native import audio
from tests.validation_app.browser.conftest import OpenBrowser
from tests.validation_app.browser.steps import SECOND, hear
from tests.validation_app.live_server import LiveServer
from tests.validation_app.running import COMMAND, ROOT

pytestmark = pytest.mark.slow

SPEAKER = "LibriSpeech/test-other/2414/128291"
RATE = 16_000
SLOT = 6.0
"""Seconds that each sentence has on the tape: itself in the middle, and silence around it."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """A sentence, and how somebody reads it."""

    text: str
    samples: Samples


@pytest.fixture(scope="module")
def readings(test_data: Path) -> list[Reading]:
    """Five sentences of one reader that fit into their slots."""
    folder = test_data / SPEAKER
    [lines] = folder.glob("*.trans.txt")
    found = []
    for line in lines.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition(" ")
        samples, rate = soundfile.read(folder / f"{name}.flac", dtype="float32")
        assert rate == RATE
        if len(samples) < 4 * RATE:
            found.append(Reading(text.capitalize() + ".", samples))
    assert len(found) >= 5
    return found[:5]


@pytest.fixture(scope="module")
def speaker(
    readings: list[Reading], open_browser: OpenBrowser, tmp_path_factory: pytest.TempPathFactory
) -> Browser:
    """A browser whose microphone hears the readings, one a slot, and then silence."""
    tape = np.zeros(int((len(readings) + 1) * SLOT * RATE), np.float32)
    for slot, reading in enumerate(readings):
        begin = int((slot + 0.5) * SLOT * RATE) - len(reading.samples) // 2
        tape[begin : begin + len(reading.samples)] = reading.samples
    path = tmp_path_factory.mktemp("tape") / "tape.wav"
    soundfile.write(path, tape, RATE, subtype="PCM_16")
    return open_browser(path)


@pytest.fixture
def server(readings: list[Reading], tmp_path: Path) -> Iterator[LiveServer]:
    """It wants the sentences that are on the tape."""
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("\n".join(reading.text for reading in readings), encoding="utf-8")
    running = LiveServer(tmp_path / "data", sentences)
    yield running
    running.kill()


def choose(page: Page, text: str) -> None:
    """Go to this sentence of the set by its number."""
    for number in "12345":
        page.keyboard.press(number)
        expect(page.locator("[aria-current=step]")).to_contain_text(f"Sentence {number}")
        if page.locator("#sentence").inner_text() == text:
            return
    raise AssertionError(f"not in the set: {text}")


def speak(page: Page, readings: list[Reading]) -> None:
    """Record each sentence while the tape has it. The tape runs from when the microphone opens."""
    page.goto("/speak")
    expect(page.locator("#sentence")).not_to_be_empty()
    choose(page, readings[0].text)
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("Speak now")
    began = time.monotonic()
    for slot, reading in enumerate(readings):
        if slot:
            choose(page, reading.text)
            page.keyboard.press("r")
            expect(page.locator("#status")).to_contain_text("Speak now")
        left = began + (slot + 1) * SLOT - 0.9 - time.monotonic()
        page.wait_for_timeout(max(left, 0) * SECOND)
        page.keyboard.press("r")
        expect(page.locator("#record")).not_to_contain_class("busy")
    expect(page.locator("#review-title")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#delivery")).to_contain_text("with the listeners now")


def likeness(one: Samples, other: Samples) -> float:
    """The highest correlation of two signals over all shifts, 0 to 1."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    peak = np.abs(np.fft.irfft(product, size)).max()
    return float(peak / (np.linalg.norm(one) * np.linalg.norm(other)))


def clips(server: LiveServer) -> list[tuple[str, str, str, int, int]]:
    """Text, path, verdict and votes of all clips."""
    with sqlite3.connect(server.data / "validation.sqlite") as database:
        query = "SELECT text, path, verdict, up_votes, down_votes FROM clips ORDER BY id"
        return database.execute(query).fetchall()


def vote_on_all(page: Page, thinks_better_of_it: bool = False) -> None:
    """Yes to every clip; the first one only at the second thought."""
    page.goto("/listen")
    for number in itertools.count():
        expect(page.locator("#sentence:visible, #notice-title:visible")).not_to_be_empty()
        if page.locator("#notice-title").is_visible():
            break
        text = page.locator("#sentence").inner_text()
        hear(page)
        if thinks_better_of_it and number == 0:
            page.keyboard.press("n")
            expect(page.locator("#sentence")).not_to_have_text(text)
            page.keyboard.press("u")
            expect(page.locator("#sentence")).to_have_text(text)
        with page.expect_response("**/vote"):
            page.keyboard.press("y")
        expect(page.locator("#sentence:visible", has_text=text)).to_have_count(0)
    assert number == 5


def check_audio(sounds: dict[str, Path], readings: list[Reading]) -> None:
    """Each file holds its sentence as it was read, and none of the others."""
    assert len(sounds) == len(readings)
    for text, path in sounds.items():
        samples = audio.decode(str(path), RATE).astype(np.float32)
        like = {one.text: likeness(samples, one.samples) for one in readings}
        best = max(like, key=lambda one: like[one])
        assert best == text, like
        assert like[best] > 0.6 and like[best] > 4 * sorted(like.values())[-2], like


def export(server: LiveServer, out: Path) -> Path:
    """A release of what the server has; the archive."""
    flags = ["--data", str(server.data), "--out", str(out)]
    subprocess.run([*COMMAND, "export-release", *flags], cwd=ROOT, check=True)
    [archive] = out.glob("*.tar.gz")
    return archive


def test_from_five_readings_to_a_corpus(
    speaker: Browser,
    server: LiveServer,
    readings: list[Reading],
    import_cv: Callable[..., str],
    tmp_path: Path,
) -> None:
    reader, second, third = (speaker.new_context(base_url=server.url).new_page() for _ in range(3))
    speak(reader, readings)
    assert [clip[2:] for clip in clips(server)] == [("other", 0, 0)] * 5
    vote_on_all(second)
    assert [clip[2:] for clip in clips(server)] == [("other", 1, 0)] * 5
    vote_on_all(third, thinks_better_of_it=True)
    assert [clip[2:] for clip in clips(server)] == [("valid", 2, 0)] * 5
    reader.goto("/profile")
    figures = reader.locator("dd").all_inner_texts()
    assert figures == ["5", "5", "0", "0", "0"]
    kept = {text: server.data / "clips" / path for text, path, *_ in clips(server)}
    check_audio(kept, readings)

    target = tmp_path / "imported"
    import_cv(target, export(server, tmp_path / "out"))
    rows = [
        row
        for path in target.glob("cv-valid-*.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    ]
    imported = {row["sentence"]: target / row["wav_filename"] for row in rows}
    check_audio(imported, readings)
