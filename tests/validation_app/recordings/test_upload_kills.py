"""kill -9 of the real server while recordings come in: what it acknowledged is there, whole."""

import contextlib
import io
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from native.audio import decode
from tests.validation_app.recorded_audio import real_clips
from tests.validation_app.running import Running, running
from validation_app.community.sentences import sentence_id
from validation_app.database.tables import Clip, Sentence
from validation_app.settings import Settings
from validation_app.web.server import open_context

RATE = 16000
SENTENCES = [f"This is number {number}." for number in range(600)]
# What can be seen in DIR when an upload has got so far; at once or a little later it is killed.
MOMENTS = (
    "incoming/*/upload",
    "incoming/*/clip.mp3",
    "incoming/*/announced.json",
    "clips/*/*.mp3",
    "incoming/*",
)


class Recordings:
    """Two seconds of real speech each, and no two alike."""

    def __init__(self, test_data: Path) -> None:
        clips = [decode(str(path), RATE).astype(float) for path in real_clips(test_data)[:6]]
        self._speech = np.concatenate([clip * 10000 / np.abs(clip).max() for clip in clips])
        self._lock = threading.Lock()
        self._dice = random.Random(1)

    def __next__(self) -> bytes:
        samples = np.zeros(0)
        with self._lock:
            while not len(samples) or np.abs(samples).max() < 3000:  # not in a pause
                start = self._dice.randrange(len(self._speech) - 2 * RATE)
                samples = self._speech[start : start + 2 * RATE]
        stream = io.BytesIO()
        soundfile.write(stream, samples.astype(np.int16), RATE, format="WAV")
        return stream.getvalue()


class Speaker(threading.Thread):
    """A browser with an outbox: it sends until the server is gone, and again to the next one."""

    def __init__(self, server: Running, recordings: Recordings, before: "Speaker | None") -> None:
        super().__init__(daemon=True)
        self._client = httpx.Client(base_url=server.address, timeout=60)
        self._recordings = recordings
        self.acknowledged: dict[int, str] = {} if before is None else before.acknowledged
        self.outbox: tuple[str, bytes] | None = None if before is None else before.outbox
        self.repeated: int = 0 if before is None else before.repeated
        if before is not None:
            self._client.cookies.update(before._client.cookies)
        self._client.get("/api/mine")
        self._client.headers["X-CSRF-Token"] = self._client.cookies["csrf"]
        self.person = self._client.cookies["person"].partition(".")[0]

    def run(self) -> None:
        with contextlib.suppress(httpx.TransportError), contextlib.closing(self._client):
            while True:
                self._send()

    def _send(self) -> None:
        if self.outbox is None:
            asked = self._client.get("/api/sentences?count=1").json()["sentences"]
            self.outbox = (asked[0]["id"], next(self._recordings))
        sentence, sound = self.outbox
        answer = self._client.post(f"/api/clips?sentence={sentence}", content=sound)
        assert answer.status_code in (200, 201), answer.text
        self.repeated += answer.json()["duplicate"]
        self.acknowledged[answer.json()["id"]] = sentence
        self.outbox = None


def check(data: Path, speakers: list[Speaker]) -> int:
    """Every acknowledged clip has its row and its sound; no file is without a row; their number."""
    context = open_context(Settings(data))
    with context.reading() as session:
        clips = {clip.id: clip for clip in session.scalars(select(Clip))}
        counts = {one.id: one.clips_count for one in session.scalars(select(Sentence))}
        for clip in clips.values():
            sound = decode(str(data / "clips" / clip.path), RATE)
            assert len(sound) / 16 == pytest.approx(clip.duration_ms, abs=1)
        for speaker in speakers:
            for number, sentence in speaker.acknowledged.items():
                assert (clips[number].person_id, clips[number].sentence_id) == (
                    speaker.person, sentence,
                )  # fmt: skip
        for sentence, count in counts.items():
            assert count == sum(clip.sentence_id == sentence for clip in clips.values())
        files = {str(path.relative_to(data / "clips")) for path in (data / "clips").rglob("*.mp3")}
        assert files == {clip.path for clip in clips.values()}
    context.engine.dispose()
    return len(clips)


def turns(
    data: Path, recordings: Recordings, kills: int, seed: int
) -> Iterator[tuple[list[Speaker], list[str]]]:
    """Servers, each killed at some moment; the speakers, and what was left in DIR/incoming."""
    dice = random.Random(seed)
    speakers: list[Speaker | None] = [None] * 4
    for turn in range(kills):
        with running(data, ["--uploads-limit", "0", "--sentences", str(data / "s.txt")]) as server:
            assert list((data / "incoming").iterdir()) == []  # swept
            now = [Speaker(server, recordings, before) for before in speakers]
            check(data, now)
            before = sum(len(one.acknowledged) for one in now)
            for one in now:
                one.start()
            while sum(len(one.acknowledged) for one in now) < before + 3:
                assert any(one.is_alive() for one in now)
                time.sleep(0.01)
            _wait_for(MOMENTS[turn % len(MOMENTS)], data, dice)
            server.process.send_signal(signal.SIGKILL)
            for one in now:
                one.join()
        yield now, [path.name for path in (data / "incoming").iterdir()]
        speakers = list(now)


def _wait_for(pattern: str, data: Path, dice: random.Random) -> None:
    known = set(data.glob(pattern))
    until = time.monotonic() + 10
    while time.monotonic() < until and not set(data.glob(pattern)) - known:
        time.sleep(0.001)
    time.sleep(dice.choice((0, 0.003, 0.03, 0.3)))


Kill = Callable[[Path, int], None]


@pytest.fixture
def kill_often(test_data: Path) -> Kill:
    """So many kills in a folder, each followed by a look at everything."""

    def kill(data: Path, kills: int) -> None:
        (data / "s.txt").write_text("\n".join(SENTENCES))
        recordings = Recordings(test_data)
        half, last = 0, []
        for speakers, left in turns(data, recordings, kills, seed=kills):
            last, half = speakers, half + bool(left)
        with running(data, ["--sentences", str(data / "s.txt")]):
            assert list((data / "incoming").iterdir()) == []
            assert check(data, last) >= sum(len(one.acknowledged) for one in last) >= 3 * kills
        assert half > kills / 2  # the kills did hit uploads

    return kill


def test_no_acknowledged_recording_is_lost_by_kill_9(tmp_path: Path, kill_often: Kill) -> None:
    kill_often(tmp_path, 3)


@pytest.mark.slow
def test_25_kills_of_the_server(tmp_path: Path, kill_often: Kill) -> None:
    kill_often(tmp_path, 25)


def test_a_child_does_not_outlive_its_server(tmp_path: Path, test_data: Path) -> None:
    (tmp_path / "s.txt").write_text(SENTENCES[0])
    with running(tmp_path, ["--sentences", str(tmp_path / "s.txt")]) as server:
        speaker = Speaker(server, Recordings(test_data), None)
        speaker.outbox = (sentence_id("en", SENTENCES[0]), next(Recordings(test_data)))
        speaker.start()
        while not (
            children := _with_words(b"validation_app.recordings.audio_child", str(tmp_path))
        ):
            time.sleep(0.005)
        server.process.send_signal(signal.SIGKILL)
        speaker.join()
    assert speaker.acknowledged == {}
    until = time.monotonic() + 30
    while _with_words(b"", str(tmp_path / "incoming")) and time.monotonic() < until:
        time.sleep(0.05)
    assert children
    assert _with_words(b"", str(tmp_path / "incoming")) == []


def _with_words(word: bytes, other: str) -> list[str]:
    """The processes whose command lines hold both."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if word in line and other.encode() in line:
            found.append(path.parent.name)
    return found
