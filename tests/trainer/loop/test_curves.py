"""The picture of a training."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from tests.trainer.training_history import after
from trainer.loop.curves import Curves, write_curves
from trainer.loop.progress import Progress


def picture(progress: Progress) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    stream = io.BytesIO()
    write_curves(stream, progress)
    stream.seek(0)
    return image.imread(stream, format="png")


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_it_shows_four_curves_and_the_best_epoch(epochs: int) -> None:
    shown = picture(after(epochs))
    assert shown.shape == (840, 840, 4)
    # matplotlib's first two colours: each in its curve and the legend's line of both halves.
    for colour in ((31, 119, 180), (255, 127, 14)):
        drawn = np.abs(shown[..., :3] * 255 - np.array(colour)).max(-1) <= 1
        assert drawn[:420].any() and drawn[420:].any()


def test_the_same_training_gives_the_same_bytes() -> None:
    streams = io.BytesIO(), io.BytesIO()
    for stream in streams:
        write_curves(stream, after(3))
    assert streams[0].getvalue() == streams[1].getvalue()


def test_earlier_trainings_are_told_of() -> None:
    assert (picture(after(3)) != picture(after(3, before=7))).any()


def test_it_is_not_drawn_without_epochs_nor_all_the_time(tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    curves = Curves(path)
    curves.renew(Progress())
    assert not path.exists()
    curves.renew(after(1))
    first = path.read_bytes()
    curves.renew(after(2))  # at once
    assert path.read_bytes() == first
    curves.draw(after(2))
    expected = io.BytesIO()
    write_curves(expected, after(2))
    assert path.read_bytes() == expected.getvalue()
    assert [one.name for one in tmp_path.iterdir()] == ["curves.png"]
