"""From clips to batches: features from a cache against computed ones, and batches made ahead.

    python benchmarks/input_path.py [--clips 600] [--features deepspeech] [--rounds 5] [--work DIR]

WAVs of 2 to 16 s (noise; what they say does not matter) are made into the batches of an epoch by a
budget of frames, by all cores. The routes take turns, and medians over the rounds count.

First, without anyone who uses the batches: features computed from the WAVs (which are in the
system's memory), or taken from a cache that an earlier run has filled. Wall clock and processor.

Then with a device that takes a batch, and needs for it, without any processor of ours, a quarter
longer than all cores need to make one: a sleep, in proportion to the frames. It takes the batches
of five epochs in one go. They come

    none    made when they are asked for
    one     one ahead, read by one thread, features by native threads
    many    as train-model makes them

and the share of the time that the device waits is what train-model shows of itself.
"""

import argparse
import statistics
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from importers import console
from native.features import PRESETS, FeatureSpec, frames_of
from trainer.data.batch_order import epoch_order
from trainer.data.batches import Batch, padded
from trainer.data.clips import Clip
from trainer.data.feature_cache import FeatureCache
from trainer.data.feature_store import FeatureStore
from trainer.data.prefetch import Prefetch

BUDGET_SECONDS = 160
"""Audio in a batch, with its padding."""
CACHE_CLAIM = 0.25
"""Of the processor time that computing takes, at most, with what the cache has."""
WAIT_CLAIM = 0.05
"""Of its time, a device waits for data at most."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The batches of an epoch, and what they are made by."""

    clips: Sequence[Clip]
    spec: FeatureSpec
    order: Sequence[Sequence[int]]

    def store(self, cache: FeatureCache | None = None) -> FeatureStore:
        """Features, not kept in memory."""
        return FeatureStore(self.clips, self.spec, threads=console.cores(), memory=0, cache=cache)

    @property
    def hours(self) -> float:
        """Of audio."""
        return sum(clip.frames for clip in self.clips) * self.spec.seconds_a_frame / 3600


def make_clips(folder: Path, count: int, spec: FeatureSpec) -> list[Clip]:
    """WAVs of 2 to 16 s."""
    random = np.random.default_rng(0)
    noise = random.normal(0, 2000, 20 * spec.sample_rate).astype("<i2")
    labels = np.zeros(20, np.int32)
    clips = []
    for number in range(count):
        start, length = random.integers(0, 4 * spec.sample_rate), random.uniform(2, 16)
        samples = noise[start : start + int(length * spec.sample_rate)]
        path = folder / f"{number}.wav"
        with wave.open(str(path), "wb") as writer:
            writer.setparams((1, 2, spec.sample_rate, 0, "NONE", ""))
            writer.writeframes(samples.tobytes())
        clips.append(Clip(path, "", labels, frames_of(len(samples), spec)))
    return clips


def cost(batches: Iterator[Batch]) -> tuple[float, float]:
    """Wall clock and processor time of making all of them, in seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    for _ in batches:
        pass
    return time.perf_counter() - wall, time.process_time() - processor


def waited(batches: Iterator[Batch], seconds_a_frame: float) -> float:
    """The share of the time that a device waits which needs so long for a frame."""
    started, worked = time.perf_counter(), 0.0
    for batch in batches:
        step = time.perf_counter()
        time.sleep(seconds_a_frame * batch.features.shape[0] * batch.features.shape[1])
        worked += time.perf_counter() - step
    return 1 - worked / (time.perf_counter() - started)


def routes(epoch: Epoch) -> dict[str, Callable[[], Iterator[Batch]]]:
    """What makes batches, by the name of the route."""

    def made(numbers: Sequence[int]) -> Batch:
        return padded(tuple(epoch.clips[n] for n in numbers), epoch.store().get(numbers))

    return {
        "none": lambda: map(made, epoch.order),
        "one": lambda: Prefetch(made, epoch.order, threads=1, ahead=1),
        "many": lambda: epoch.store().batches(epoch.order),
    }


def compare_cache(epoch: Epoch, folder: Path, rounds: int) -> bool:
    """Print what the cache saves; whether the claim holds."""

    def opened() -> FeatureCache:
        return FeatureCache(folder, epoch.spec, console.say)

    with opened() as cache:
        filling = cost(epoch.store(cache).batches(epoch.order))
    costs: dict[str, list[tuple[float, float]]] = {"computed": [], "cached": []}
    for _ in range(rounds):
        costs["computed"].append(cost(epoch.store().batches(epoch.order)))
        with opened() as cache:
            costs["cached"].append(cost(epoch.store(cache).batches(epoch.order)))
    for name, runs in (("filling", [filling]), *costs.items()):
        wall, processor = (statistics.median(one) for one in zip(*runs, strict=True))
        print(f"{name:10}{wall:8.3f} s wall{processor:8.3f} s CPU", end="")
        print(f"{epoch.hours / wall * 3600:12,.0f} h of audio an hour")
    pairs = list(zip(costs["cached"], costs["computed"], strict=True))
    walls, processors = (
        statistics.median(ours[at] / theirs[at] for ours, theirs in pairs) for at in (0, 1)
    )
    holds = processors <= CACHE_CLAIM
    print(
        f"cached / computed: {walls:.2f} of the wall clock, {processors:.2f} of the CPU; ", end=""
    )
    print(f"claim: at most {CACHE_CLAIM} of the CPU: {'holds' if holds else 'DOES NOT HOLD'}")
    return holds


def compare_waiting(epoch: Epoch, rounds: int) -> bool:
    """Print how long a device waits; whether the claim holds."""
    longer = replace(epoch, order=[*epoch.order] * 5)
    frames = sum(
        len(batch) * max(epoch.clips[number].frames for number in batch) for batch in longer.order
    )
    shares: dict[str, list[float]] = {name: [] for name in routes(longer)}
    for _ in range(rounds):
        made, _ = cost(longer.store().batches(longer.order))  # on a machine as busy as it is now
        for name, batches in routes(longer).items():
            shares[name].append(waited(batches(), 1.25 * made / frames))
    medians = {name: statistics.median(some) for name, some in shares.items()}
    print("the device waits: " + ", ".join(f"{k} ahead {v:.1%}" for k, v in medians.items()))
    holds = medians["many"] <= WAIT_CLAIM
    print(f"claim: at most {WAIT_CLAIM:.0%} by many: {'holds' if holds else 'DOES NOT HOLD'}")
    return holds


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=600)
    parser.add_argument("--features", choices=PRESETS, default="deepspeech")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, help="a folder for the WAVs and the cache")
    known = parser.parse_args()
    spec = PRESETS[known.features]
    with tempfile.TemporaryDirectory(dir=known.work) as name:
        clips = make_clips(Path(name), known.clips, spec)
        budget = int(BUDGET_SECONDS / spec.seconds_a_frame)
        epoch = Epoch(clips, spec, epoch_order(clips, 1, frames=budget, seed=1, epoch=1))
        print(
            f"{known.features}: {len(clips)} clips, {epoch.hours:.2f} h, {len(epoch.order)} batches"
        )
        holds = [
            compare_cache(epoch, Path(name) / "cache", known.rounds),
            compare_waiting(epoch, known.rounds),
        ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
