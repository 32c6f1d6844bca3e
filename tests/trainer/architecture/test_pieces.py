"""A model that streams cut into pieces of one length: how late each layer is, and what it keeps."""

import pytest

from trainer.architecture.geometry import Geometry
from trainer.architecture.layer import State
from trainer.architecture.layers import Conv1d, Dense, Lookahead, Window
from trainer.architecture.pieces import pieces_of
from trainer.architecture.sequence_layers import Conformer, Gru, Lstm
from trainer.config import read_preset


def test_what_each_layer_keeps_of_a_model_with_strides() -> None:
    layers = (
        Conv1d(filters=6, kernel=11, step=2),  # sees 5 frames before and 5 behind
        Conv1d(filters=4, kernel=11),
        Gru(units=3),
        Lookahead(tau=80),
    )
    pieces = pieces_of(Geometry(7, 5, layers), 16)
    told = [(one.frames, one.late, one.kept, one.used, one.late_out) for one in pieces.steps]
    assert told == [
        (16, 0, 9, 25, 2),  # 5 frames ahead: two of output, and one more of input kept than 4 + 5
        (8, 2, 10, 18, 7),
        (8, 7, 0, 8, 7),
        (8, 7, 80, 88, 87),
        (8, 87, 0, 8, 87),  # output
    ]
    assert (pieces.frames, pieces.frames_out, pieces.late) == (16, 8, 87)
    assert pieces.states == (
        State("conv1d_1_before", 9, 7),
        State("conv1d_2_before", 10, 6),
        State("gru_1_h", 1, 3),
        State("lookahead_1_before", 80, 3),
    )
    assert [pieces.needed(frames) for frames in (1, 8, 9, 17)] == [11, 12, 12, 13]


def test_a_layer_that_looks_ahead_less_than_its_stride_is_not_late() -> None:
    geometry = Geometry(7, 5, (Conv1d(filters=6, kernel=3, step=3),))
    pieces = pieces_of(geometry, 3)
    assert [(one.late, one.kept, one.used) for one in pieces.steps] == [(0, 1, 3), (0, 0, 1)]
    assert (pieces.late, pieces.needed(4)) == (0, 4)


def test_the_window_of_deepspeech() -> None:
    geometry = read_preset("deepspeech-streaming").changed({"width": 8}).geometry(labels=29)
    pieces = pieces_of(geometry, 16)
    assert pieces.late == 9  # frames of 20 ms
    assert pieces.states == (
        State("window_1_before", 18, 26),
        State("lstm_h", 1, 8),
        State("lstm_c", 1, 8),
    )


def test_a_layer_that_needs_nothing_kept_has_no_state() -> None:
    geometry = Geometry(7, 5, (Conv1d(filters=6, kernel=2, step=2), Dense(units=3)))
    assert pieces_of(geometry, 2).states == ()


@pytest.mark.parametrize("layer", [Lstm(units=3, bidirectional=True), None])
def test_a_model_that_hears_all_takes_no_pieces(layer: Lstm | None) -> None:
    last = layer or Conformer(heads=1, feed_forward=3, kernel=3)
    with pytest.raises(ValueError, match="hears the whole clip first takes no pieces"):
        pieces_of(Geometry(7, 5, (Window(before=1, after=1), last)), 16)


@pytest.mark.parametrize("frames", [0, 1, 15])
def test_a_length_that_is_no_multiple_of_the_stride(frames: int) -> None:
    geometry = Geometry(7, 5, (Conv1d(filters=6, kernel=3, step=2),))
    with pytest.raises(ValueError, match=f"a multiple of 2 frames, not of {frames}: the model"):
        pieces_of(geometry, frames)
