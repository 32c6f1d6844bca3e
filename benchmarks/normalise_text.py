"""Text normalisation against its Python twin: sentences a second, and the ratio.

    python -m benchmarks.normalise_text SENTENCES.txt [LOCALE]

The runs are interleaved, so that a busy machine slows both; the median of the rounds counts.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from native.reference.text import normalise_reference
from native.text import normalise, normalise_many

ROUNDS = 7
LEAST_SENTENCES = 100_000  # shorter files are repeated in memory


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main(path: str, locale: str | None = None) -> None:
    read = Path(path).read_text(encoding="utf-8").splitlines()
    many = read * (LEAST_SENTENCES // len(read) + 1)
    few = many[:10_000]
    times: dict[str, list[float]] = {"normalise_many": [], "normalise": [], "reference": []}
    for _ in range(ROUNDS):
        # Fresh strings: a str keeps its UTF-8 once it was asked for, and only the first is real.
        fresh = [(line + " ")[:-1] for line in many]
        bulk = seconds(partial(normalise_many, fresh, locale=locale))
        single = seconds(lambda: [normalise(text, locale=locale) for text in few])
        slow = seconds(lambda: [normalise_reference(text, locale=locale) for text in few])
        times["normalise_many"].append(bulk / len(many))
        times["normalise"].append(single / len(few))
        times["reference"].append(slow / len(few))
    reference = median(times["reference"])
    mean_length = sum(map(len, many)) / len(many)
    print(f"{Path(path).name}: {mean_length:.0f} characters a sentence, one core")
    for name, each in times.items():
        print(f"{name:15} {1 / median(each):12,.0f} a second  {reference / median(each):6.1f} x")


if __name__ == "__main__":
    main(*sys.argv[1:])
