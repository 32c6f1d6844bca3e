"""A writer of shorten streams, for the tests: it can write all that the format has.

The format is that of native/src/shorten_decoder.h, from the other side: T. Robinson 1994, "SHORTEN:
Simple lossless and near-lossless waveform compression", CUED/F-INFENG/TR.156.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from tests.native.mu_law_numbers import largest_shift, mu_law_numbers

Numbers = NDArray[np.int64]

DIFFERENCES = (0, 1, 2, 3)
QUIT, BLOCK_SIZE, BIT_SHIFT, LINEAR, ZERO, VERBATIM = 4, 5, 6, 7, 8, 9
OLD_MU_LAW, S8, U8, S16_HIGH, U16_HIGH, S16_LOW, U16_LOW, MU_LAW = 0, 1, 2, 3, 4, 5, 6, 8
MIDDLE = {U8: 0x80, U16_HIGH: 0x8000, U16_LOW: 0x8000}
NO_SHIFT_KNOWN = 32  # what a block of zeros could be shifted by


class Bits:
    """Rice codes, as text of zeros and ones."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def unsigned(self, value: int, bits: int) -> None:
        low = format(value & ((1 << bits) - 1), f"0{bits}b") if bits else ""
        self.parts.append("0" * (value >> bits) + "1" + low)

    def signed(self, value: int, bits: int) -> None:
        self.unsigned(2 * value if value >= 0 else -2 * value - 1, bits + 1)

    def number(self, value: int) -> None:
        """First its width."""
        self.unsigned(value.bit_length(), 2)
        self.unsigned(value, value.bit_length())

    def content(self) -> bytes:
        """The bytes: whole words of 32 bits, as the writers in use have them."""
        text = "".join(self.parts).encode()
        return np.packbits(np.frombuffer(text + b"0" * (-len(text) % 32), np.uint8) - 48).tobytes()


@dataclass
class Settings:
    """How a stream is written."""

    kind: int = S16_LOW
    version: int = 2
    block: int = 256
    means: int = 4
    functions: Sequence[int] = DIFFERENCES
    """Taken in turn, block by block."""
    order: int = 0
    """Coefficients of LINEAR."""
    verbatim: bytes = b""
    """Written before the first block."""
    skipped: bytes = b""
    quit_after: int | None = None
    """Frames after which the stream says that it ends."""


@dataclass
class Channel:
    """What the decoder knows of a channel's past."""

    history: Numbers
    means: list[int] = field(default_factory=list)


def shorten(samples: Numbers, settings: Settings) -> bytes:
    """The stream of samples (frames, channels); of mu-law, they are the bytes."""
    writer = _Writer(settings, samples.shape[1])
    for start in range(0, len(samples), settings.block):
        if settings.quit_after is not None and start >= settings.quit_after:
            break
        writer.frame(samples[start : start + settings.block])
    writer.bits.unsigned(QUIT, 2)
    return b"ajkg" + bytes([settings.version]) + writer.bits.content()


class _Writer:
    def __init__(self, settings: Settings, channels: int) -> None:
        self.settings = settings
        self.bits = Bits()
        self.shift = 0
        self.block = settings.block
        self.functions = cycle(settings.functions)
        middle = MIDDLE.get(settings.kind, 0)
        past = max(3, settings.order)
        self.channels = [
            Channel(np.zeros(past, np.int64), [middle] * max(settings.means, 1))
            for _ in range(channels)
        ]
        for number in (
            settings.kind,
            channels,
            settings.block,
            settings.order,
            settings.means,
            len(settings.skipped),
        ):
            self.bits.number(number)
        for byte in settings.skipped:
            self.bits.unsigned(byte, 7)
        if settings.verbatim:
            self.bits.unsigned(VERBATIM, 2)
            self.bits.unsigned(len(settings.verbatim), 5)
            for byte in settings.verbatim:
                self.bits.unsigned(byte, 8)

    def frame(self, samples: Numbers) -> None:
        """A block of every channel."""
        if len(samples) != self.block:
            self.block = len(samples)
            self.bits.unsigned(BLOCK_SIZE, 2)
            self.bits.number(self.block)
        for channel, values in zip(self.channels, samples.T, strict=True):
            self.one_block(channel, values.astype(np.int64))

    def one_block(self, channel: Channel, samples: Numbers) -> None:
        mu_law = self.settings.kind in (OLD_MU_LAW, MU_LAW)
        shift = _mu_law_shift(samples) if mu_law else _zero_bits(samples)
        silent = shift == NO_SHIFT_KNOWN and self.settings.version > 1
        if not silent and shift != self.shift:
            self.shift = shift
            self.bits.unsigned(BIT_SHIFT, 2)
            self.bits.unsigned(shift, 2)
        if mu_law:
            numbers = mu_law_numbers(self.shift, old=self.settings.kind == OLD_MU_LAW)[samples]
        else:
            numbers = samples >> self.shift
        if silent:
            self.bits.unsigned(ZERO, 2)
        else:
            self.predicted(channel, numbers)
        self.remember(channel, numbers)

    def predicted(self, channel: Channel, numbers: Numbers) -> None:
        offset = self.offset(channel)
        known = np.concatenate([channel.history, numbers])
        function = next(self.functions)
        if function == LINEAR:
            coefficients = _coefficients(known - offset, self.settings.order)
            errors = _linear_errors(known - offset, coefficients, self.settings.version)
        else:
            errors = _difference(known, len(numbers), offset, function)
            coefficients = []
        width = int(np.mean(np.abs(errors))).bit_length()
        self.bits.unsigned(function, 2)
        self.bits.unsigned(width, 3)
        if function == LINEAR:
            self.bits.unsigned(len(coefficients), 2)
            for coefficient in coefficients:
                self.bits.signed(coefficient, 5)
        for error in errors.tolist():
            self.bits.signed(error, width)

    def offset(self, channel: Channel) -> int:
        means = self.settings.means
        if means == 0:
            return channel.means[0]
        if self.settings.version < 2:
            return _divided(sum(channel.means), means)
        return _divided(sum(channel.means) + means // 2, means) >> self.shift

    def remember(self, channel: Channel, numbers: Numbers) -> None:
        length = len(channel.history)
        channel.history = np.concatenate([channel.history, numbers])[-length:]
        if self.settings.means == 0:
            return
        total = int(numbers.sum())
        if self.settings.version < 2:
            mean = _divided(total, len(numbers))
        else:
            mean = _divided(total + len(numbers) // 2, len(numbers)) << self.shift
        channel.means = [*channel.means[1:], mean]


def _divided(value: int, by: int) -> int:
    """As C divides: towards zero."""
    return abs(value) // by * (1 if value >= 0 else -1)


def _zero_bits(samples: Numbers) -> int:
    bits = int(np.bitwise_or.reduce(samples))
    return (bits & -bits).bit_length() - 1 if bits else NO_SHIFT_KNOWN


def _mu_law_shift(samples: Numbers) -> int:
    return min(largest_shift()[int(byte)] for byte in np.unique(samples))


def _difference(known: Numbers, count: int, offset: int, order: int) -> Numbers:
    return known[-count:] - offset if order == 0 else np.diff(known, order)[-count:]


def _coefficients(known: Numbers, order: int) -> list[int]:
    """By least squares, in units of 1/32."""
    rows = np.stack([known[order - 1 - j : len(known) - 1 - j] for j in range(order)], axis=1)
    solved = np.linalg.lstsq(rows.astype(np.float64), known[order:].astype(np.float64), rcond=None)
    return [int(c) for c in np.clip(np.rint(32 * solved[0]), -1000, 1000)]


def _linear_errors(known: Numbers, coefficients: list[int], version: int) -> Numbers:
    past = max(3, len(coefficients))
    total = np.full(len(known) - past, 32 if version > 1 else 0)
    for j, coefficient in enumerate(coefficients):
        total += coefficient * known[past - 1 - j : len(known) - 1 - j]
    return known[past:] - (total >> 5)
