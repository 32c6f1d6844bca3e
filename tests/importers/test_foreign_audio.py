"""Formats that libsndfile does not know: by ffmpeg or sox, or an error that names them."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.foreign_audio import (
    ForeignDecodeError,
    MissingProgramError,
    decode_foreign,
    is_foreign,
)


def test_knows_foreign_files_by_their_names() -> None:
    assert is_foreign(".M4A")
    assert is_foreign(".webm")
    assert not is_foreign(".mp3")
    assert not is_foreign("")


def test_names_the_programs_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.m4a").write_bytes(b"x")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgramError, match=r"clip\.m4a: \.m4a files need ffmpeg \(or sox\)"):
        decode_foreign(str(tmp_path / "clip.m4a"), ".m4a")
    with pytest.raises(FileNotFoundError):
        decode_foreign(str(tmp_path / "none.m4a"), ".m4a")


def program(name: str) -> str:
    """Where a program is; without it the test is skipped, or fails where nothing may be skipped."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("MYNA_REQUIRE_ALL") == "1":
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return path


def test_takes_sox_where_there_is_no_ffmpeg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sox = program("sox")
    good, bad = tmp_path / "-clip.wv", tmp_path / "bad.wv"
    subprocess.run([sox, "-n", "-r", "22050", good, "synth", "0.5", "sine", "440"], check=True)
    bad.write_bytes(b"noise")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sox").symlink_to(sox)
    monkeypatch.setenv("PATH", str(programs))
    samples, rate = soundfile.read(io.BytesIO(decode_foreign(str(good), ".wv")))
    assert (len(samples), rate) == (11025, 22050)
    with pytest.raises(ForeignDecodeError, match=r"^sox could not decode it$"):
        decode_foreign(str(bad), ".wv")


def test_decodes_by_ffmpeg(tmp_path: Path) -> None:
    ffmpeg = program("ffmpeg")
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    soundfile.write(str(tmp_path / "tone.wav"), tone, 44100)
    command = [ffmpeg, "-v", "error", "-i", str(tmp_path / "tone.wav")]
    subprocess.run([*command, str(tmp_path / "tone.m4a")], check=True)
    wav = decode_foreign(str(tmp_path / "tone.m4a"), ".m4a")
    assert decode_foreign((tmp_path / "tone.m4a").read_bytes(), ".m4a") == wav
    samples, rate = soundfile.read(io.BytesIO(wav))
    assert rate == 44100
    assert abs(len(samples) - 44100) < 4096
    assert abs(float(np.std(samples[4096:40000])) - 0.3 / np.sqrt(2)) < 0.01
    (tmp_path / "bad.m4a").write_bytes(b"noise" * 100)
    with pytest.raises(ForeignDecodeError):
        decode_foreign(str(tmp_path / "bad.m4a"), ".m4a")
