"""The decoder on two threads, in memory, and over an hour in one stream.

    python benchmarks/decoder_scale.py [--utterances 200] [--rounds 5] [--minutes 60]

- Two threads decode a batch at least 1.9 times as fast as one. Wall clock, in turns; wants two idle
  cores. Beside it, how much more processor time two take.
- A process that has loaded lexicon and language model, and decoded with them, has grown by less
  than the files and 10 MB. flashlight-text beside it, which takes the words and the same lm.binary.
- An hour of log-probabilities, fed in chunks of half a second, leaves memory flat: from the tenth
  part of it to its end the process grows by less than 2 MB.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.material.decoder_routes import (
    FlashlightRoute,
    MynaRoute,
    Route,
    Settings,
    Weights,
)
from benchmarks.material.decoder_set import package, utterances, words_of
from benchmarks.material.simulated_posteriors import FRAME_SECONDS, Matrix

THREADS_CLAIM = 1.9
LOAD_CLAIM_MB = 10.0
STREAM_CLAIM_MB = 2.0
_WEIGHTS = Weights(0.8, 2.0)
_SETTINGS: Settings = {"beam_size": 500, "beam_threshold": 15}
_CHUNK = 25


def resident_mb() -> float:
    """Of this process, with what it shares and the pages of mapped files that it has touched."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def verdict(line: str, holds: bool) -> bool:
    print(f"{line}: " + ("holds" if holds else "DOES NOT HOLD"))
    return holds


def threads(route: MynaRoute, batch: Sequence[Matrix], rounds: int) -> bool:
    """Two against one."""
    decoder = route.decoder(_SETTINGS, _WEIGHTS)
    walls: dict[int, list[float]] = {1: [], 2: []}
    processors: dict[int, list[float]] = {1: [], 2: []}
    decoder.decode_batch(batch[:20], 2)
    for _ in range(rounds):
        for count in (1, 2):
            begin, used = time.perf_counter(), time.process_time()
            decoder.decode_batch(batch, count)
            walls[count].append(time.perf_counter() - begin)
            processors[count].append(time.process_time() - used)
    faster = statistics.median(a / b for a, b in zip(walls[1], walls[2], strict=True))
    more = statistics.median(b / a for a, b in zip(processors[1], processors[2], strict=True))
    return verdict(
        f"two threads: {faster:.2f} times as fast as one, {more:.2f} of its processor time; "
        f"load {os.getloadavg()[0]:.1f}; claim: at least {THREADS_CLAIM} times",
        faster >= THREADS_CLAIM,
    )


def grown_by(name: str, words: int) -> float:
    """MB by which a process of its own grows when a decoder is loaded and used."""
    command = [sys.executable, __file__, "--load", name, "--words", str(words)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def load(name: str, words: int) -> float:
    """MB by which this process grows."""
    given = utterances("dev", 100)[:20]
    model = package(words)
    texts = words_of(model) if name == "flashlight" else []
    gc.collect()
    before = resident_mb()
    route: Route = (
        FlashlightRoute(texts, model.binary) if name == "flashlight" else MynaRoute(model)
    )
    decode = route.decode(_SETTINGS, _WEIGHTS)
    for one in given:
        decode(route.prepared(one.log_probs))
    return resident_mb() - before


def memory(words: int) -> bool:
    """After loading, against the files."""
    model = package(words)
    files = (model.binary.stat().st_size + model.trie.stat().st_size) / 1e6
    ours, theirs = grown_by("myna", words), grown_by("flashlight", words)
    return verdict(
        f"{words:,} words: loaded and used, the process has grown by {ours:.1f} MB; the files have "
        f"{files:.1f} MB; flashlight: {theirs:.1f} MB; claim: less than {LOAD_CLAIM_MB:g} MB over "
        "the files",
        ours < files + LOAD_CLAIM_MB,
    )


def stream(route: MynaRoute, given: Sequence[Matrix], minutes: float) -> bool:
    """One utterance of an hour: all of the set, over and over."""
    frames = np.concatenate(given)
    chunks = round(minutes * 60 / FRAME_SECONDS / _CHUNK)
    search = route.decoder(_SETTINGS, _WEIGHTS).stream()
    sizes, used = [], time.process_time()
    for number in range(chunks):
        begin = number * _CHUNK % (len(frames) - _CHUNK)
        search.feed(frames[begin : begin + _CHUNK])
        if number % max(1, chunks // 10) == 0:
            sizes.append(resident_mb())
    sizes.append(resident_mb())
    text = search.finish()[0].text
    used = time.process_time() - used
    grown = sizes[-1] - sizes[1]
    return verdict(
        f"a stream of {minutes:g} minutes, {len(text.split()):,} words, {used:.1f} s of CPU: grown "
        f"by {grown:.2f} MB from its tenth part on; claim: less than {STREAM_CLAIM_MB:g} MB",
        grown < STREAM_CLAIM_MB,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--utterances", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--words", type=int, default=100_000, help="of the lexicon")
    parser.add_argument("--load", choices=("myna", "flashlight"), help=argparse.SUPPRESS)
    known = parser.parse_args()
    if known.load:
        print(load(known.load, known.words))
        return 0
    given = [one.log_probs for one in utterances("test", known.utterances)]
    route = MynaRoute(package(known.words))
    verdicts = (
        threads(route, given, known.rounds),
        memory(known.words),
        stream(route, given, known.minutes),
    )
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
