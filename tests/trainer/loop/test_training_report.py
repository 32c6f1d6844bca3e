"""What a training shows and leaves behind while it runs."""

import io
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from importers.errors import StorageError
from tests.trainer.training_history import after
from trainer.data.clips import Clip
from trainer.loop.event_file import scalars_of
from trainer.loop.progress import Progress
from trainer.loop.training_report import TrainingReport

# Six clips of 10 minutes to an hour, in three batches: three and a half hours.
CLIPS = [
    Clip(Path(f"{minutes}.wav"), "a", np.array([0], np.int32), 60 * 50 * minutes)
    for minutes in (10, 20, 30, 40, 50, 60)
]
ORDER = [[0, 1], [2, 3], [4, 5]]
PAIRS = [(f"true {number}", f"predicted {number}") for number in range(4)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report(out: Path, said: list[str]) -> TrainingReport:
    return TrainingReport(out, CLIPS, seconds_a_frame=0.02, epochs=4, samples=3, say=said.append)


def train_epoch(made: TrainingReport, progress: Progress) -> Progress:
    """What is left of an epoch: losses of 10, 20 and 30 a clip."""
    with made.epoch(ORDER, progress) as told:
        for number in range(progress.batches, 3):
            loss = 20.0 * (number + 1)
            progress = progress.with_batch(loss, 2, 1.0, data_wait=0.25)
            told(progress, 20.0 * (number + 1), 2)
    return progress


def test_an_epoch_is_told_of_and_kept(tmp_path: Path) -> None:
    said: list[str] = []
    with report(tmp_path, said) as made:
        made.begin(Progress())
        train_epoch(made, Progress())
        made.ended(after(1), PAIRS)
        made.ended(after(2), PAIRS)
        made.ended(after(3), PAIRS)
    assert said[0] == (
        "epoch 1 of 4: train loss 100.00, dev loss 110.00, WER 100.0%, CER 75.0%, 2.5 s, "
        "240 audio hours per hour, 6% waited for data, at most 00:07 to go, the best so far"
    )
    assert said[1] == "  7 clips could not be learnt from and were left out"
    assert said[2:5] == [f"  true       true {n}\n  predicted  predicted {n}" for n in (3, 0, 1)]
    assert said[5].endswith("at most 00:05 to go, the best so far")
    assert said[10].endswith("at most 00:02 to go, the best so far")
    assert len(said) == 3 * 5
    log = (tmp_path / "training-log.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in log[1:]] == ["1", "2", "3"]
    [events] = (tmp_path / "tensorboard" / "from-epoch-1").iterdir()
    scalars = list(scalars_of(events.read_bytes()))
    assert [(one.step, one.value) for one in scalars if one.tag == "batch/loss"] == [
        (2, 10.0),
        (4, 20.0),
        (6, 30.0),
    ]
    assert [one.value for one in scalars if one.tag == "loss/train"] == [
        100.0,
        50.0,
        pytest.approx(100 / 3),
    ]
    assert (tmp_path / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_last_epoch_that_is_not_the_best(tmp_path: Path) -> None:
    said: list[str] = []
    with report(tmp_path, said) as made:
        made.begin(after(3))
        made.ended(after(4), [])
    line, _ = said
    assert line.endswith("240 audio hours per hour, 6% waited for data")


def test_speed_is_audio_by_time(tmp_path: Path) -> None:
    assert report(tmp_path, []).speed(3600.0) == pytest.approx(3.5)
    assert report(tmp_path, []).speed(63.0) == pytest.approx(200)


def test_the_bar_goes_by_hours_and_tells_loss_and_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    with report(tmp_path, []) as made:
        made.begin(Progress())
        with made.epoch(ORDER, Progress(batches=1, loss=20.0, clips=2)) as told:
            time.sleep(0.2)  # a bar shows itself ten times a second at most
            now = Progress(batches=2, loss=60.0, clips=4, seconds=8.0, data_wait=2.0)
            told(now, 40.0, 2)
    shown = [one for one in terminal.getvalue().split("\r") if one.strip()]
    assert re.fullmatch(r"epoch 1 of 4  14% \|.*\| \? left", shown[0])
    assert re.fullmatch(
        r"epoch 1 of 4  48% \|.*\| 00:00 left, loss 15\.00, [\d.]+ audio hours per hour, "
        "25% waited for data",
        shown[-1],
    )


def test_what_a_killed_run_left_is_brought_in_line(tmp_path: Path) -> None:
    with report(tmp_path, []) as made:
        made.begin(Progress())
        made.ended(after(1), [])
        made.ended(after(2), [])
    (tmp_path / ".curves.png.tmp-1").write_bytes(b"half")
    curves = (tmp_path / "curves.png").read_bytes()
    with report(tmp_path, []) as made:
        made.begin(after(1))
    assert len((tmp_path / "training-log.csv").read_text().splitlines()) == 2
    assert (tmp_path / "curves.png").read_bytes() != curves
    assert {path.name for path in tmp_path.iterdir()} == {
        "training-log.csv",
        "tensorboard",
        "curves.png",
    }


def test_a_batch_that_taught_nothing_is_no_point(tmp_path: Path) -> None:
    with report(tmp_path, []) as made:
        made.begin(Progress())
        with made.epoch(ORDER, Progress()) as told:
            told(Progress(batches=1), 0.0, 0)
    [events] = (tmp_path / "tensorboard" / "from-epoch-1").iterdir()
    assert list(scalars_of(events.read_bytes())) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").write_text("a file of the same name")
    with report(tmp_path, []) as made, pytest.raises(StorageError, match="tensorboard"):
        made.begin(after(1))
