"""Converting MP3 clips: two threads against one, and against soundfile + soxr in Python threads.

    python benchmarks/convert_threads.py [--clips 120] [--rounds 7]

The clips are made for the purpose: 48 and 32 kHz mono, speech-like noise of 3 to 10 s. The routes
take turns, round by round, so that a busy machine is busy for all; the medians of the rounds'
ratios count. On two free cores two threads should take at most 1/1.7 of the time of one.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
import soxr

from native.audio import ClipJob, convert, library_description


def make_clips(folder: Path, count: int) -> list[Path]:
    """MP3s of band-limited noise whose loudness comes and goes as syllables do."""
    generator = np.random.default_rng(0)
    paths = []
    for i in range(count):
        rate = 48000 if i % 2 else 32000
        length = int(rate * generator.uniform(3, 10))
        loudness = np.abs(np.sin(np.arange(length) * (2 * np.pi * 2 / rate))) ** 2
        noise = np.convolve(generator.standard_normal(length), np.ones(24) / 24, "same")
        paths.append(folder / f"{i}.mp3")
        soundfile.write(str(paths[-1]), 0.3 * loudness * noise, rate)
    return paths


def by_soundfile(source: Path, target: Path) -> None:
    """The same work by the two Python packages."""
    samples, rate = soundfile.read(str(source), dtype="float32")
    resampled = soxr.resample(samples, rate, 16000, quality="HQ")
    soundfile.write(str(target), resampled, 16000, subtype="PCM_16")


def routes(clips: list[Path], folder: Path) -> dict[str, Callable[[], None]]:
    targets = [folder / "out" / f"{clip.stem}.wav" for clip in clips]
    (folder / "out").mkdir()
    jobs = [ClipJob(str(clip), str(wav)) for clip, wav in zip(clips, targets, strict=True)]

    def native(threads: int) -> None:
        outcomes = convert(jobs, temporary=str(folder / "temporary"), threads=threads)
        assert all(outcome.problem is None for outcome in outcomes)

    def python(threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(by_soundfile, clips, targets))

    return {
        "native, 1 thread": lambda: native(1),
        "native, 2 threads": lambda: native(2),
        "soundfile + soxr, 2 threads": lambda: python(2),
    }


def measure(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds of wall clock and of processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=120, help="how many (default: %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=7, help="of each route (default: %(default)s)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clips = make_clips(Path(name), options.clips)
        work = routes(clips, Path(name))
        times = {route: [measure(run)] for route, run in work.items()}  # thrown away: warms up
        for _ in range(options.rounds):
            for route, run in work.items():
                times[route].append(measure(run))
    report({route: rounds[1:] for route, rounds in times.items()}, options.clips)


def report(times: dict[str, list[tuple[float, float]]], clips: int) -> None:
    print(f"{library_description()}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for route, rounds in times.items():
        wall, processor = (
            1000 / clips * statistics.median(kind) for kind in zip(*rounds, strict=True)
        )
        print(f"{route:30} {wall:6.2f} ms wall, {processor:6.2f} ms CPU a clip")

    def ratio(route: str, other: str, kind: int) -> float:
        pairs = zip(times[route], times[other], strict=True)
        return statistics.median(a[kind] / b[kind] for a, b in pairs)

    two, peer = "native, 2 threads", "soundfile + soxr, 2 threads"
    print(f"two threads against one:  {ratio('native, 1 thread', two, 0):.2f}x wall")
    wall, processor = ratio(peer, two, 0), ratio(peer, two, 1)
    print(f"against soundfile + soxr: {wall:.2f}x wall, {processor:.2f}x CPU")


if __name__ == "__main__":
    main()
