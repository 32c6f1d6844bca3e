"""Shorten streams that no encoder writes: an error with words, and nothing huge."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from native.audio import PROBLEMS, AudioError, decode
from tests.native import shorten_encoder as encoder
from tests.native.converter import Converter
from tests.native.shorten_encoder import Bits, Settings, shorten
from tests.native.sphere_files import sphere

NAME = "pcm,embedded-shorten-v2.00"


def file_of(stream: bytes, channels: int = 1) -> bytes:
    changed = {"sample_coding": f"-s{len(NAME)} {NAME}", "channel_count": f"-i {channels}"}
    return sphere(stream, changed)


def stream(body: Callable[[Bits], object], **header: int) -> bytes:
    """A header with some fields changed, then what `body` writes."""
    fields = {"kind": 5, "channels": 1, "block": 256, "order": 2, "means": 4, "skipped": 0}
    bits = Bits()
    for number in {**fields, **header}.values():
        bits.number(number)
    body(bits)
    return b"ajkg\2" + bits.content()


def codes(*pairs: tuple[int, int]) -> Callable[[Bits], None]:
    """Writes (value, bits) as Rice codes."""

    def write(bits: Bits) -> None:
        for value, width in pairs:
            bits.unsigned(value, width)

    return write


NOTHING = codes((encoder.QUIT, 2))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", 'no "ajkg" at its beginning'),
        (b"RIFF....", 'no "ajkg" at its beginning'),
        (b"ajkg\0" + bytes(8), "a version that is not known: 0"),
        (b"ajkg\4" + bytes(8), "a version that is not known: 4"),
        (b"ajkg\2", "an end within its header"),
        (stream(NOTHING, kind=7), "samples of a type that is not known: 7"),
        (stream(NOTHING, kind=9), "samples of a type that is not known: 9"),
        (stream(NOTHING, channels=0), "0 channels"),
        (stream(NOTHING, channels=33), "33 channels"),
        (stream(NOTHING, block=0), "0 samples a block"),
        (stream(NOTHING, block=2**31 - 1), "2147483647 samples a block"),
        (stream(NOTHING, order=1025), "1025 coefficients"),
        (stream(NOTHING, means=32769), "32769 means"),
        (stream(NOTHING, skipped=2**30), "an end within its header"),
        (b"ajkg\2" + bytes(4) + b"\xff", "a number of"),
        (stream(codes((10, 2))), "a function 10"),
        (stream(codes((encoder.BLOCK_SIZE, 2), (9, 2), (257, 9))), "a block of 257 samples"),
        (stream(codes((encoder.BLOCK_SIZE, 2), (0, 2), (0, 0))), "a block of 0 samples"),
        (stream(codes((encoder.BIT_SHIFT, 2), (33, 2))), "a shift by 33 bits"),
        (stream(codes((encoder.BIT_SHIFT, 2), (13, 2)), kind=8), "a shift by 13 bits"),
        (stream(codes((0, 2), (32, 3))), "errors of 32 bits"),
        (stream(codes((7, 2), (0, 3), (3, 2))), "3 coefficients"),
        (stream(codes((7, 2), (0, 3), (1, 2), (1 << 18, 6))), "a coefficient of 131072"),
        (stream(codes((0, 2), (20, 3), *[(1 << 19, 21)] * 256)), "samples that are too large"),
        (stream(codes((1, 2), (16, 3), *[(1 << 17, 17)] * 256)), "samples that are too large"),
        (stream(codes((0, 2), (8, 3), *[(400, 9)] * 256), kind=8), "numbers that are no mu-law"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_encoder_writes_is_said(content: bytes, message: str) -> None:
    with pytest.raises(AudioError) as raised:
        decode(file_of(content), 8000, keep_partial=True)
    assert raised.value.problem == "decode_error"
    begin = f"audio in memory: cannot be decoded: the shorten stream has {message}"
    assert str(raised.value).startswith(begin)


def test_channels_of_different_lengths() -> None:
    block = [(encoder.ZERO, 2), (encoder.BLOCK_SIZE, 2), (8, 2), (255, 8), (encoder.ZERO, 2)]
    content = stream(codes(*block), channels=2)
    with pytest.raises(AudioError, match="the shorten stream has channels of different lengths"):
        decode(file_of(content, channels=2), 8000)


def test_channels_that_the_header_does_not_have() -> None:
    with pytest.raises(AudioError, match="a channel_count of 1 before a shorten stream of 2"):
        decode(file_of(stream(NOTHING, channels=2)), 8000)


def test_an_end_between_two_channels() -> None:
    """The last block of a channel without that of the other is none."""
    body = codes(*[(encoder.ZERO, 2)] * 3, (encoder.QUIT, 2))
    file = file_of(stream(body, channels=2), channels=2)
    assert len(decode(file, 8000, keep_partial=True)) == 256


def test_a_code_word_without_an_end() -> None:
    content = stream(codes((encoder.ZERO, 2))) + bytes(1 << 16)
    assert len(decode(file_of(content), 8000, keep_partial=True)) == 256
    with pytest.raises(AudioError, match=r"the shorten stream has a code word of 2\^20 bits"):
        decode(file_of(content + bytes(1 << 17)), 8000, keep_partial=True)


def test_every_prefix_and_flipped_byte_ends_in_an_outcome(converter: Converter) -> None:
    generator = np.random.default_rng(1)
    jobs = []
    for number in range(200):
        kind = (encoder.S16_LOW, encoder.MU_LAW)[number % 2]
        samples = generator.integers(0, 200, (1000, 2))
        settings = Settings(kind=kind, functions=(0, 1, 2, 3, encoder.LINEAR), order=3)
        source = file_of(shorten(samples, settings), channels=2)
        broken = bytearray(source[: generator.integers(1024, len(source) + 1)])
        for place in generator.integers(1024, max(len(broken), 1025), 3):
            if place < len(broken):
                broken[place] = generator.integers(256)
        jobs.append(converter.job(bytes(broken)))
    outcomes = converter.run(jobs, max_seconds=3600)
    for job, outcome in zip(jobs, outcomes, strict=True):
        assert (outcome.problem is None) == Path(job.target).exists()
        assert outcome.problem is None or outcome.problem in PROBLEMS
    assert {outcome.problem for outcome in outcomes} >= {"decode_error", None}
