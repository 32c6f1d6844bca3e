"""Formats that libsndfile does not know: by ffmpeg or sox, or an error that names them."""

import io
import os
import shutil
import subprocess
import sys
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
    assert is_foreign(Path("a/clip.M4A"))
    assert is_foreign(Path("clip.webm"))
    assert not is_foreign(Path("clip.mp3"))
    assert not is_foreign(Path("webm"))


def test_names_the_programs_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.m4a").write_bytes(b"x")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgramError, match=r"clip\.m4a: \.m4a files need ffmpeg \(or sox\)"):
        decode_foreign(tmp_path / "clip.m4a")
    with pytest.raises(FileNotFoundError):
        decode_foreign(tmp_path / "none.m4a")


FAKE_SOX = """#!{python}
import sys
from pathlib import Path
data = Path(sys.argv[1]).read_bytes()
assert sys.argv[2:] == ["-t", "wav", "-"]
if not data.startswith(b"RIFF"):
    sys.exit("sox WARN something\\nsox FAIL formats: cannot read")
sys.stdout.buffer.write(data)
"""


def test_takes_sox_where_there_is_no_ffmpeg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sox").write_text(FAKE_SOX.format(python=sys.executable))
    (programs / "sox").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(100), 16000, format="WAV")
    good, bad = tmp_path / "-clip.amr", tmp_path / "bad.amr"
    good.write_bytes(buffer.getvalue())
    bad.write_bytes(b"noise")
    assert decode_foreign(good) == buffer.getvalue()
    with pytest.raises(ForeignDecodeError, match=r"^sox FAIL formats: cannot read$"):
        decode_foreign(bad)


def test_decodes_by_ffmpeg(tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        if os.environ.get("MYNA_REQUIRE_ALL") == "1":
            pytest.fail("ffmpeg is not installed")
        pytest.skip("ffmpeg is not installed")
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    soundfile.write(str(tmp_path / "tone.wav"), tone, 44100)
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "tone.wav")]
    subprocess.run([*command, str(tmp_path / "tone.m4a")], check=True)
    samples, rate = soundfile.read(io.BytesIO(decode_foreign(tmp_path / "tone.m4a")))
    assert rate == 44100
    assert abs(len(samples) - 44100) < 4096
    assert abs(float(np.std(samples[4096:40000])) - 0.3 / np.sqrt(2)) < 0.01
    (tmp_path / "bad.m4a").write_bytes(b"noise" * 100)
    with pytest.raises(ForeignDecodeError):
        decode_foreign(tmp_path / "bad.m4a")
