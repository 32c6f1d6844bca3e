"""How large dev and test are: as a sample that estimates a share at 99 % confidence, 1 % margin.

The sizes are those of common-voice/CorporaCreator (src/corporacreator/statistics.py, corpus.py).
"""

# z^2 p (1 - p) / e^2 with z = 2.58 (99 %), p = 0.5, e = 0.01.
_SAMPLE_FACTOR = 16641


def sample_size(population: int) -> int:
    """Cochran's sample size with finite population correction, cut to a whole number."""
    return int(_SAMPLE_FACTOR / (1 + _SAMPLE_FACTOR / population)) if population else 0


def split_sizes(clips: int) -> tuple[int, int, int]:
    """(train, dev, test): the largest train with ``2 * sample_size(train) + train <= clips``."""
    low, high = 0, clips
    while low < high:
        middle = (low + high + 1) // 2
        if 2 * sample_size(middle) + middle <= clips:
            low = middle
        else:
            high = middle - 1
    return low, sample_size(low), sample_size(low)
