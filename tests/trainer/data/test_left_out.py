"""left-out.csv: rows of manifests that training could not learn from."""

import csv
from pathlib import Path

import numpy as np

from trainer.data.clips import Clip, ClipSet, LeftOut, Reason
from trainer.data.left_out import fault_lister, write_left_out


def clip(path: str) -> Clip:
    return Clip(Path(path), "", np.zeros(1, np.int32), 5)


def listed(folder: Path) -> list[list[str]]:
    with (folder / "left-out.csv").open(newline="") as stream:
        return list(csv.reader(stream))[1:]


TRAIN = ClipSet(
    [clip("/data/a.wav"), clip("/data/b.wav"), clip("/data/a.wav")],
    [LeftOut("one.csv:3", Path("/data/none.wav"), Reason.EMPTY_TEXT)],
    ["one.csv:2", "one.csv:4", "two.csv:2"],
)
DEV = ClipSet([], [LeftOut("dev.csv:2", Path("/data/dev.wav"), Reason.TOO_SHORT)])


def test_faults_are_listed_with_the_rows_that_were_read(tmp_path: Path) -> None:
    """None of these manifests is there any more."""
    said: list[str] = []
    list_faults = fault_lister(tmp_path, TRAIN, DEV, said.append)
    list_faults({2: Reason.INFINITE_GRADIENT, 1: Reason.INFINITE_LOSS})
    assert listed(tmp_path) == [
        ["one.csv:3", "empty_text", "/data/none.wav"],
        ["dev.csv:2", "too_short", "/data/dev.wav"],
        ["one.csv:4", "infinite_loss", "/data/b.wav"],
        ["two.csv:2", "infinite_gradient", "/data/a.wav"],
    ]
    assert said == []


def test_a_list_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "left-out.csv").mkdir()
    said: list[str] = []
    fault_lister(tmp_path, TRAIN, DEV, said.append)({0: Reason.INFINITE_LOSS})
    assert said == [f"{tmp_path}/left-out.csv: cannot be written: Is a directory"]


def test_the_list_has_row_reason_and_path(tmp_path: Path) -> None:
    left_out = [LeftOut("one.csv:3", Path("/data/b.wav"), Reason.INFINITE_LOSS)]
    path = write_left_out(tmp_path, left_out)
    assert path == tmp_path / "left-out.csv"
    assert listed(tmp_path) == [["one.csv:3", "infinite_loss", "/data/b.wav"]]
