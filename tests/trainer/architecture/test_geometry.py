"""Layers one after the other: names, weights, strides, what is seen ahead, what differs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from keras import ops

from trainer.architecture.geometry import Geometry, output_frames
from trainer.architecture.geometry_file import geometry_from_json
from trainer.architecture.layer import Flow, State
from trainer.architecture.layers import (
    KINDS,
    AnyLayer,
    BatchNorm,
    Conv1d,
    Conv2d,
    Dense,
    Lookahead,
    Window,
)
from trainer.architecture.sequence_layers import Conformer, Gru, Lstm, Rnn

DEEP_SPEECH_2 = Geometry(
    inputs=161,
    labels=29,
    layers=(
        Conv2d(filters=32, kernel=(11, 41), step=(2, 2), batch_norm=True),
        Conv2d(filters=32, kernel=(11, 21), step=(1, 2), batch_norm=True),
        Gru(units=2560, batch_norm=True),
        Gru(units=2560, batch_norm=True),
        Gru(units=2560, batch_norm=True),
        Lookahead(tau=80),
        BatchNorm(),
    ),
)


def test_names_are_kinds_and_numbers_unless_given() -> None:
    layers = (Dense(units=3), Dense(units=3, name="middle"), Gru(units=2), Dense(units=3))
    names = [placed.name for placed in Geometry(4, 5, layers).placed()]
    assert names == ["dense_1", "middle", "gru_1", "dense_3", "output"]


def test_weights_follow_from_the_layers() -> None:
    shapes = DEEP_SPEECH_2.weight_shapes()
    assert shapes["conv2d_1/kernel"] == (11, 41, 1, 32)
    assert shapes["conv2d_2/kernel"] == (11, 21, 32, 32)
    # 161 bins, 81 after one stride of 2, 41 after two; 32 channels.
    assert shapes["gru_1_forward/kernel"] == (41 * 32, 3 * 2560)
    assert shapes["gru_1_forward/bias"] == (2, 3 * 2560)
    assert shapes["gru_3_forward/mean"] == (3 * 2560,)
    assert shapes["lookahead_1/kernel"] == (81, 2560)
    assert shapes["output/kernel"] == (2560, 29)
    assert "conv2d_1/bias" not in shapes


def test_strides_multiply_and_a_frame_that_is_begun_counts() -> None:
    assert DEEP_SPEECH_2.stride == 2
    assert [DEEP_SPEECH_2.output_frames(n) for n in (0, 1, 2, 3, 100)] == [0, 1, 1, 2, 50]
    assert [output_frames(n, 3) for n in (0, 1, 3, 4)] == [0, 1, 1, 2]
    for kind in (np.array, ops.convert_to_tensor):
        found = output_frames(kind([0, 1, 3, 4]), 3)
        assert np.asarray(ops.convert_to_numpy(found)).tolist() == [0, 1, 1, 2]
        same = kind([5])
        assert output_frames(same, 1) is same
    more = replace(DEEP_SPEECH_2, layers=(Conv1d(filters=8, kernel=3, step=3), *_layers()))
    assert more.stride == 6


def _layers() -> tuple[AnyLayer, ...]:
    return DEEP_SPEECH_2.layers


def test_what_is_seen_ahead_is_in_frames_of_features() -> None:
    # 5 of the first convolution, 5 of 2 each of the second, 80 of 2 each.
    assert DEEP_SPEECH_2.streaming
    assert DEEP_SPEECH_2.lookahead == 5 + 2 * 5 + 2 * 80
    causal = Geometry(4, 5, (Conv1d(filters=3, kernel=5, causal=True), Rnn(units=3)))
    assert causal.lookahead == 0
    assert causal.states == (State("conv1d_1_before", 4, 4), State("rnn_1_h", 1, 3))


@pytest.mark.parametrize(
    "layer", [Lstm(units=3, bidirectional=True), Conformer(heads=2, feed_forward=8, kernel=3)]
)
def test_what_hears_all_does_not_stream(layer: AnyLayer) -> None:
    geometry = Geometry(4, 5, (Window(before=1, after=1), Dense(units=4), layer))
    assert not geometry.streaming
    assert geometry.states == ()


def test_states_stand_in_the_order_of_the_layers() -> None:
    assert [state.name for state in DEEP_SPEECH_2.states] == [
        "conv2d_1_before",
        "conv2d_2_before",
        "gru_1_h",
        "gru_2_h",
        "gru_3_h",
        "lookahead_1_before",
    ]
    assert DEEP_SPEECH_2.states[1] == State("conv2d_2_before", 5, 81 * 32)


def test_what_flows_keeps_bins_and_channels_apart() -> None:
    flow = Conv2d(filters=6, kernel=(3, 5), step=(1, 3)).flow(Flow(10, 2))
    assert (flow, flow.width) == (Flow(4, 6), 24)


@pytest.mark.parametrize(
    ("kind", "sizes", "message"),
    [
        (Dense, {"units": 0}, "units must be at least 1"),
        (Dense, {"units": 1, "clip": -1.0}, "clip must not be negative"),
        (Dense, {"units": 1, "name": "Ä"}, "name 'Ä' is not made of a-z, 0-9 and _"),
        (Window, {"before": -1, "after": 0}, "before and after must not be negative"),
        (Conv1d, {"filters": 1, "kernel": 2, "step": 3}, "step must not be larger than kernel"),
        (Conv1d, {"filters": 1, "kernel": 0}, "filters, kernel and step must be at least 1"),
        (Conv2d, {"filters": 1, "kernel": (3, 3), "step": (1, 4)}, "step must not be larger tha"),
        (Lookahead, {"tau": 0}, "tau must be at least 1"),
        (Rnn, {"units": 1, "clip": 0.0}, "clip must be more than 0"),
        (Gru, {"units": 0}, "units must be at least 1"),
        (Conformer, {"heads": 0, "feed_forward": 1, "kernel": 1}, "heads, feed_forward and kern"),
    ],
)
def test_sizes_that_make_no_sense(kind: type[Any], sizes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as raised:
        kind(**sizes)
    assert str(raised.value).startswith(message)


def test_layers_that_do_not_fit_each_other() -> None:
    with pytest.raises(ValueError, match=r"^two layers are called 'dense_1'$"):
        Geometry(4, 5, (Dense(units=3, name="dense_1"), Dense(units=3, name="dense_1")))
    with pytest.raises(ValueError, match=r"^layer conformer_1: 5 values a frame cannot be shared "):
        Geometry(5, 5, (Conformer(heads=2, feed_forward=4, kernel=3),))


def test_differences_are_named() -> None:
    one = Geometry(4, 5, (Dense(units=3), Lstm(units=3)))
    other = Geometry(6, 5, (Dense(units=4, batch_norm=True), Lstm(units=3)))
    assert one.differences(other) == [
        "inputs 4, not 6",
        "dense_1 batch norm no, not yes",
        "dense_1 units 3, not 4",
    ]
    assert one.differences(replace(one, layers=(Dense(units=3), Gru(units=3)))) == [
        "layers dense_1, lstm_1, not dense_1, gru_1"
    ]
    assert one.differences(replace(one, labels=9)) == []


def test_json_and_back() -> None:
    import json

    assert set(KINDS) == {kind.__dataclass_fields__["layer"].default for kind in KINDS.values()}
    content = json.loads(json.dumps(DEEP_SPEECH_2.to_json()))
    assert geometry_from_json(content, "here") == DEEP_SPEECH_2
