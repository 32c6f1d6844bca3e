"""Strangers' audio in a child process: what browsers record is read, and nothing else does harm."""

import http.server
import os
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from native.audio import decode
from tests.validation_app.recorded_audio import BROWSERS, encoded, real_clips, tone
from validation_app.recordings.converter import BadUploadError, ConverterError, convert_upload

Program = Callable[[str, str], None]
NOISE = np.random.default_rng(9).bytes(5000)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a shell script before all programs of this name."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return put


def convert(content: bytes, folder: Path) -> Path:
    """The MP3 that is made of an upload."""
    (folder / "upload").write_bytes(content)
    convert_upload(folder / "upload", folder / "clip.mp3")
    return folder / "clip.mp3"


def refused(content: bytes, folder: Path) -> str:
    """Why it is not taken; nothing is left then."""
    (folder / "upload").write_bytes(content)
    with pytest.raises(BadUploadError) as caught:
        convert_upload(folder / "upload", folder / "clip.mp3")
    assert not (folder / "clip.mp3").exists()
    return caught.value.problem


@pytest.mark.parametrize("name", BROWSERS)
def test_what_browsers_record_becomes_an_mp3_of_the_same_sound(
    name: str, test_data: Path, tmp_path: Path
) -> None:
    source = real_clips(test_data)[0]
    upload = tmp_path / name
    encoded(source, upload, *BROWSERS[name])
    folder = tmp_path / "made"
    folder.mkdir()
    measures = convert_upload(upload, folder / "clip.mp3")
    info = soundfile.info(folder / "clip.mp3")
    assert (info.samplerate, info.channels, info.format) == (32000, 1, "MP3")
    spoken = decode(str(source)).astype(float)
    heard = decode(str(folder / "clip.mp3")).astype(float)
    # AAC begins and ends with some silence of its own.
    assert measures.duration_ms == pytest.approx(len(spoken) / 16, abs=60)
    assert len(heard) / 16 == pytest.approx(measures.duration_ms, abs=2)
    assert _likeness(spoken, heard) > 0.95
    assert measures.loudness_db == pytest.approx(-24.4, abs=0.2)
    assert [path.name for path in folder.iterdir()] == ["clip.mp3"]


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The greatest correlation at any shift."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    return float(np.fft.irfft(product).max() / np.sqrt((one**2).sum() * (other**2).sum()))


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"\0" * 5000,
        b"<!DOCTYPE html><title>503</title>",
        b"PK\x03\x04" + bytes(500),
        b"ID3\x04" + bytes(500),
        b"\x1aE\xdf\xa3" + NOISE,
        b"OggS" + NOISE,
        b"RIFF\xff\xff\xff\xffWAVEfmt " + NOISE,
        b"\0\0\0\x18ftypmp42" + NOISE,
        b"fLaC" + NOISE,
    ],
    ids=lambda content: repr(content[:8]),
)
def test_what_is_no_audio_is_refused(content: bytes, tmp_path: Path) -> None:
    assert refused(content, tmp_path) == "not-audio"


def test_a_picture_and_a_film_are_no_recordings(tmp_path: Path) -> None:
    for name, options in (("a.png", ["-frames:v", "1"]), ("a.webm", ["-t", "2"])):
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc", *options]
        subprocess.run([*command, str(tmp_path / name)], check=True)
        folder = tmp_path / f"of {name}"
        folder.mkdir()
        assert refused((tmp_path / name).read_bytes(), folder) == "not-audio"


def test_an_mp3_is_none_of_a_browser_s(test_data: Path, tmp_path: Path) -> None:
    assert refused(real_clips(test_data)[0].read_bytes(), tmp_path) == "not-audio"


def test_no_format_leads_to_other_files_or_addresses(test_data: Path, tmp_path: Path) -> None:
    """Playlists, as ffmpeg was tricked with (CVE-2016-1897, CVE-2016-1898)."""
    asked = []

    class Trap(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    wav = tmp_path / "secret.wav"
    encoded(real_clips(test_data)[0], wav)
    with http.server.HTTPServer(("127.0.0.1", 0), Trap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for target in (f"http://127.0.0.1:{server.server_port}/a.wav", f"file://{wav}", str(wav)):
            for text in (
                f"#EXTM3U\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
                f"ffconcat version 1.0\nfile '{target}'\n",
                f"<SMIL><audio src='{target}'/></SMIL>",
            ):
                assert refused(text.encode(), tmp_path) == "not-audio"
        server.shutdown()
    assert asked == []


@pytest.mark.parametrize(
    ("seconds", "level", "problem"),
    [(0.8, 0.1, "too-short"), (17.2, 0.1, "too-long"), (2.0, 0.01, "too-quiet")],
)
def test_the_limits_are_the_server_s_own(
    seconds: float, level: float, problem: str, tmp_path: Path
) -> None:
    assert refused(tone(tmp_path / "a.ogg", seconds, level), tmp_path) == problem


@pytest.mark.parametrize(("seconds", "level"), [(0.95, 0.1), (16.9, 0.1), (2.0, 0.02)])
def test_what_is_just_within_them_is_taken(seconds: float, level: float, tmp_path: Path) -> None:
    made = convert(tone(tmp_path / "a.ogg", seconds, level), tmp_path)
    assert soundfile.info(made).duration == pytest.approx(seconds, abs=0.01)


def test_hours_in_a_small_file_are_not_all_decoded(tmp_path: Path) -> None:
    """As samples they would be more than the child may have in memory."""
    with soundfile.SoundFile(tmp_path / "long.flac", "w", 8000, 1) as stream:
        for _ in range(3 * 60):
            stream.write(np.zeros(60 * 8000, np.int16))
    content = (tmp_path / "long.flac").read_bytes()
    assert len(content) < 2 * 1024 * 1024
    assert refused(content, tmp_path) == "too-long"


def test_a_thousand_channels_are_refused(tmp_path: Path) -> None:
    header = b"RIFF\xff\xff\xff\x7fWAVEfmt " + (16).to_bytes(4, "little")
    header += (1).to_bytes(2, "little") + (65535).to_bytes(2, "little")
    header += (4_000_000_000).to_bytes(4, "little") * 2 + b"\xfe\xff\x10\0data\xff\xff\xff\x7f"
    assert refused(header + bytes(2_000_000), tmp_path) in ("not-audio", "too-short")


def _processes_with(text: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return [number for number in found if number != os.getpid()]


def test_a_child_that_hangs_is_ended_with_its_ffmpeg(tmp_path: Path) -> None:
    """A pipe that nobody writes to: ffmpeg waits for its first byte for ever."""
    os.mkfifo(tmp_path / "upload")
    with pytest.raises(ConverterError, match="did not end within 3 s"):
        convert_upload(tmp_path / "upload", tmp_path / "clip.mp3", timeout=3)
    until = time.monotonic() + 10  # what was killed has yet to be reaped
    while (left := _processes_with(str(tmp_path / "upload"))) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def test_the_child_and_its_ffmpeg_have_limits_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYNA_APP_SECRET", "never to be seen")
    os.mkfifo(tmp_path / "upload")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(convert_upload, tmp_path / "upload", tmp_path / "clip.mp3", 20)
        while len(children := _processes_with(str(tmp_path / "upload"))) < 2 and not run.done():
            time.sleep(0.05)
        limits = [(Path("/proc") / str(one) / "limits").read_text() for one in children]
        secrets = [(Path("/proc") / str(one) / "environ").read_text() for one in children]
        (tmp_path / "upload").write_bytes(b"x")  # lets it go
        with pytest.raises(BadUploadError):
            run.result()
    assert len(children) == 2
    for text in limits:
        rows = {line[:25].strip(): line[26:].split()[:2] for line in text.splitlines()}
        assert rows["Max address space"] == ["805306368"] * 2
        assert rows["Max cpu time"] == ["10"] * 2
        assert rows["Max file size"] == ["8388608"] * 2
    assert not any("never to be seen" in text for text in secrets)


def test_a_crash_of_the_decoder_is_the_upload_s_fault(tmp_path: Path, program: Program) -> None:
    program("ffmpeg", "kill -SEGV $$")
    assert refused(b"whatever", tmp_path) == "not-audio"


def test_a_decoder_that_spins_is_stopped_by_its_cpu_limit(
    tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("ffmpeg", "ulimit -t 1; while :; do :; done")  # 10 s would be the child's own
    assert refused(b"whatever", tmp_path) == "not-audio"


def test_a_child_that_dies_is_no_fault_of_the_server(tmp_path: Path, program: Program) -> None:
    program("ffmpeg", "kill -9 $PPID")
    assert refused(b"whatever", tmp_path) == "not-audio"


def test_without_ffmpeg_the_server_is_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "upload").write_bytes(b"whatever")
    with pytest.raises(ConverterError, match="no ffmpeg"):
        convert_upload(tmp_path / "upload", tmp_path / "clip.mp3")


def test_without_space_the_server_is_at_fault(small_disk: Path, tmp_path: Path) -> None:
    tone(tmp_path / "upload.ogg", 10)
    with pytest.raises(OSError, match="No space"):
        (small_disk / "fill").write_bytes(bytes(3_000_000))
    with pytest.raises(ConverterError):
        convert_upload(tmp_path / "upload.ogg", small_disk / "clip.mp3")
