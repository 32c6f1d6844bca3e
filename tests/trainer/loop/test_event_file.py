"""Event files: TensorFlow reads what we write, and nothing is read behind damage."""

from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from trainer.loop.event_file import Scalar, beginning, record_of, scalars_of

floats = st.floats(width=32, allow_nan=False)
scalars = st.builds(
    Scalar,
    tag=st.text(min_size=1, max_size=40),
    step=st.integers(0, 2**63 - 1),
    value=floats,
    wall_time=st.floats(0, 1e11),
)
FIVE = [Scalar("loss/train", n, n / 4, 1.7e9 + n) for n in (0, 1, 127, 128, 40_000)]


def test_tensorflow_reads_it(tmp_path: Path) -> None:
    """With its own checks of every checksum."""
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(beginning(1.5e9) + b"".join(map(record_of, FIVE)))
    events = [
        tf.compat.v1.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(path)
    ]
    assert (events[0].file_version, events[0].wall_time) == ("brain.Event:2", 1.5e9)
    read = [
        Scalar(value.tag, event.step, value.simple_value, event.wall_time)
        for event in events[1:]
        for value in event.summary.value
    ]
    assert read == FIVE


def test_what_tensorflow_writes_is_read(tmp_path: Path) -> None:
    event = tf.compat.v1.Event(wall_time=12.5, step=7)
    event.summary.value.add(tag="loss/dev", simple_value=0.75)
    path = tmp_path / "events"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(event.SerializeToString())
    assert list(scalars_of(path.read_bytes())) == [Scalar("loss/dev", 7, 0.75, 12.5)]


@given(st.lists(scalars, max_size=5))
def test_what_is_written_is_read(some: list[Scalar]) -> None:
    assert list(scalars_of(beginning(1.0) + b"".join(map(record_of, some)))) == some


WHOLE = beginning(1.0) + b"".join(map(record_of, FIVE))
ENDS = [len(beginning(1.0)) + sum(len(record_of(one)) for one in FIVE[:n]) for n in range(6)]


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_a_cut_leaves_the_whole_records(size: int) -> None:
    whole = sum(end <= size for end in ENDS[1:])
    assert list(scalars_of(WHOLE[:size])) == FIVE[:whole]


@pytest.mark.parametrize("place", range(len(WHOLE)))
def test_a_damaged_byte_ends_the_reading(place: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] ^= 0x10
    before = sum(end <= place for end in ENDS[1:])
    assert list(scalars_of(bytes(damaged))) == FIVE[:before]
