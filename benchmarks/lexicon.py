"""The lexicon of 500,000 English words: how long it takes to build and to open, and its size.

    python benchmarks/lexicon.py [--words 500000] [--rounds 7] [--labels 28] [--work DIR]

The words are those of English out of Debian's documentation packages, the most frequent first,
and then those of its largest word list (benchmarks/material/debian_text.py). The language model, of
that text and the list, knows them all. Building is build_lexicon, from Python's strings to the
file, with the model opened; opening is Lexicon, with all that it checks, of a file that is in the
page cache. With more than 32 `--labels`, letters that no word has, nodes have no masks.

The claims are of the processor's time; on an idle machine the wall clock's is the same.
"""

import argparse
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain, islice
from pathlib import Path
from statistics import median

from benchmarks.material.debian_text import debian_text, word_list
from native.lexicon import Lexicon, build_lexicon
from native.programs import program

ROOT = Path(__file__).resolve().parent.parent
LETTERS = (" ", "'", *"abcdefghijklmnopqrstuvwxyz")
TEXT_BYTES = 20_000_000
BUILD_SECONDS, OPEN_SECONDS, MEGABYTES = 2.0, 0.010, 35.0
OPENINGS = 21
"""In each round."""


def english_words(folder: Path, count: int) -> tuple[list[str], str]:
    """So many words, and the text that the first of them are from."""
    with debian_text(folder).open(encoding="utf-8") as stream:
        text = stream.read(TEXT_BYTES)
    text = text[: text.rfind("\n") + 1]
    seen = Counter(word for word in text.split() if set(word) <= set(LETTERS))
    listed = list(word_list(folder))
    random.Random(1).shuffle(listed)  # not all those with the first letters
    words = dict.fromkeys(chain((word for word, _ in seen.most_common()), listed))
    return list(islice(words, count)), text


def language_model(text: str, words: Sequence[str], folder: Path) -> Path:
    """A model of the text, with each word as a sentence of its own."""
    binary = folder / "lexicon.binary"
    lmplz = [
        str(program("lmplz")),
        "-o",
        "3",
        "-S",
        "500M",
        "--prune",
        "0",
        "0",
        "1",
        "-T",
        f"{folder}/",
    ]
    arpa = subprocess.run(
        lmplz, input=(text + "\n".join(words) + "\n").encode(), check=True, capture_output=True
    ).stdout
    build = [
        str(program("build_binary")),
        "-a",
        "255",
        "-q",
        "8",
        "trie",
        "/dev/stdin",
        str(binary),
    ]
    subprocess.run(build, input=arpa, check=True, capture_output=True)
    return binary


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Of the processor, and of the wall clock."""
    started = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - started[0], time.perf_counter() - started[1]


def report(what: str, times: Sequence[tuple[float, float]], claim: float) -> bool:
    """Print the medians; whether the claim holds."""
    processor = median(each for each, _ in times)
    wall = median(each for _, each in times)
    print(
        f"{what}: {processor * 1e3:.1f} ms of the processor, {wall * 1e3:.1f} ms wall; "
        f"claim: under {claim * 1e3:.0f} ms: {_verdict(processor < claim)}"
    )
    return processor < claim


def _verdict(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--words", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--labels", type=int, default=len(LETTERS))
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks")
    known = parser.parse_args(arguments)
    words, text = english_words(known.work / "text", known.words)
    model = language_model(text, words, known.work)
    labels = [*LETTERS, *map(chr, range(0x4E00, 0x4E00 + known.labels - len(LETTERS)))]
    trie = known.work / "lexicon.trie"
    built: list[tuple[float, float]] = []
    opened: list[tuple[float, float]] = []
    for _ in range(known.rounds):
        built.append(seconds(lambda: build_lexicon(words, labels, model, trie)))
        opened += [seconds(lambda: Lexicon(trie)) for _ in range(OPENINGS)]
    print(f"{Lexicon(trie).words:,} words, {len(labels)} labels")
    size = trie.stat().st_size / 1e6
    fits = size < MEGABYTES
    print(f"size: {size:.1f} MB; claim: under {MEGABYTES:.0f} MB: {_verdict(fits)}")
    holds = [
        report("building", built, BUILD_SECONDS),
        report("opening", opened, OPEN_SECONDS),
        fits,
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
