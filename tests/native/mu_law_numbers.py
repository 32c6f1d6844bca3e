"""Mu-law bytes as lossless shorten numbers them: the oracle of native/src/mu_law_order.h.

Found by trying: samples of 16 bits are encoded; what the multiples of 2^(shift + 3) become is
numbered first, then the rest.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

NEGATIVE_ZERO = 127
SHIFTS = range(13)


def mu_law_byte(sample: int) -> int:
    """ITU-T G.711, on the scale of 16 bits."""
    size = min(abs(sample), 32635) + 132
    segment = size.bit_length() - 8
    place = size >> (segment + 3) & 15
    return (128 if sample < 0 else 0) ^ 255 ^ (segment << 4 | place)


@cache
def largest_shift() -> list[int]:
    """byte -> the largest shift of which some multiple becomes that byte."""
    found = [0] * 256
    for shift in SHIFTS:
        for sample in range(-32768, 32768, 1 << (shift + 3)):
            found[mu_law_byte(sample)] = shift
    return found


@cache
def mu_law_numbers(shift: int, *, old: bool) -> NDArray[np.int64]:
    """byte -> number, under a shift; `old` is the type without a number for negative zero."""

    def ordered(size_to_byte: range) -> list[int]:
        return sorted(size_to_byte, key=lambda byte: largest_shift()[byte] < shift)

    numbers = np.zeros(256, np.int64)
    for number, byte in enumerate(ordered(range(255, 127, -1))):
        numbers[byte] = number
    negative = ordered(range(126, -1, -1))
    used = sum(largest_shift()[byte] >= shift for byte in negative)
    negative.insert(used if old else 0, NEGATIVE_ZERO)
    for number, byte in enumerate(negative):
        numbers[byte] = -1 - number
    return numbers
