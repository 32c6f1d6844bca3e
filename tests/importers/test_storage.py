"""Atomic writing: whole or not at all."""

import errno
from pathlib import Path

import pytest

from importers.storage import put_atomic, put_text, storage_error, sweep


def test_whole(tmp_path: Path) -> None:
    put_text(tmp_path / "a.csv", "é\n")
    assert (tmp_path / "a.csv").read_bytes() == b"\xc3\xa9\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_failure_leaves_the_older_file_and_nothing_else(tmp_path: Path) -> None:
    put_text(tmp_path / "a.csv", "old")
    with pytest.raises(ValueError, match="stop"), put_atomic(tmp_path / "a.csv") as stream:
        stream.write("new")
        raise ValueError("stop")
    assert (tmp_path / "a.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_nothing_is_seen_under_the_final_name_while_writing(tmp_path: Path) -> None:
    with put_atomic(tmp_path / "a.csv") as stream:
        stream.write("x")
        stream.flush()
        assert not (tmp_path / "a.csv").exists()
    assert (tmp_path / "a.csv").exists()


def test_sweep_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    (tmp_path / ".cv-valid-train.csv.tmp-123").write_text("half")
    (tmp_path / "cv-valid-train.csv").write_text("whole")
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cv-valid-train.csv"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no space is left on the disk"),
        (errno.EACCES, "may not be written"),
        (errno.EROFS, "may not be written"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_words(number: int, words: str) -> None:
    target = Path("/data/cv")
    error = OSError(number, {errno.EIO: "Input/output error"}.get(number, "x"), "/data/cv/a.wav")
    assert words in str(storage_error(error, target))


def test_a_source_that_cannot_be_read_is_not_called_unwritable() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/source/a.mp3")
    assert str(storage_error(error, Path("/data/cv"))) == "/source/a.mp3: Permission denied"
