"""Cutting a recording of an hour into 1,000 segments, against decoding and resampling it once.

    python benchmarks/cut_recording.py [--minutes 60] [--segments 1000] [--rounds 5] [--folder F]

The recording is made for the purpose, in each of the forms that corpora come in. Three routes take
turns, round by round: all segments in one pass; the whole recording into one WAV for each channel;
and, for one segment of each hundred, a decode for it alone, from the beginning to its end. The
medians of the rounds' ratios of processor time count: the first should be at most 1.3 times the
second.

Files are written into memory (/dev/shm) where it can be, so that our work is measured and not the
file system's: 1,000 new files cost ext4 some 0.2 s of the processor, and more on a busy disk, which
is as much as decoding an hour of the cheap forms.
"""

import argparse
import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from native.audio import ClipJob, convert, library_description


@dataclass(frozen=True, slots=True)
class Form:
    """How a recording is encoded."""

    name: str
    rate: int
    channels: int
    suffix: str
    subtype: str | None = None


FORMS = (
    Form("MP3, 44.1 kHz", 44100, 1, "mp3"),
    Form("FLAC, 48 kHz", 48000, 1, "flac"),
    Form("mu-law, 8 kHz, two channels", 8000, 2, "wav", "ULAW"),
    Form("FLAC, 16 kHz", 16000, 1, "flac"),
    Form("PCM, 16 kHz", 16000, 1, "wav"),
)
MEMORY = Path("/dev/shm")
SAMPLE = 100  # of how many segments one is cut alone


def make_recording(form: Form, folder: Path, minutes: float) -> Path:
    """Noise that swells and fades as syllables do, a minute at a time."""
    path = folder / f"recording.{form.suffix}"
    dice = np.random.default_rng(0)
    time = np.arange(60 * form.rate)[:, None] / form.rate
    swell = 0.1 * np.abs(np.sin(2 * np.pi * 2 * time))
    with soundfile.SoundFile(
        str(path), "w", form.rate, form.channels, format=form.suffix.upper(), subtype=form.subtype
    ) as file:
        for _ in range(round(minutes)):
            file.write(swell * dice.standard_normal((len(time), form.channels)))
    return path


def routes(
    form: Form, source: Path, folder: Path, minutes: float, count: int
) -> list[Callable[[], None]]:
    def channel(number: int) -> int | None:
        return number % form.channels if form.channels > 1 else None

    length = 60 * minutes / count
    segments = [
        ClipJob(str(source), f"{folder}/s/{i}.wav", channel(i), i * length, (i + 1) * length)
        for i in range(count)
    ]
    whole = [ClipJob(str(source), f"{folder}/w/{i}.wav", channel(i)) for i in range(form.channels)]

    def work(jobs: list[ClipJob]) -> None:
        outcomes = convert(jobs, temporary=f"{folder}/temporary", threads=1)
        assert all(outcome.problem is None for outcome in outcomes)

    def one_by_one() -> None:
        for segment in segments[SAMPLE // 2 :: SAMPLE]:
            convert([segment], temporary=f"{folder}/temporary", threads=1)

    return [lambda: work(segments), lambda: work(whole), one_by_one]


def processor_seconds(work: Callable[[], None], folder: Path) -> float:
    for name in ("s", "w"):  # to remove 1,000 files costs as much as to make them
        shutil.rmtree(folder / name, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(form: Form, minutes: float, count: int, rounds: int, place: Path | None) -> str:
    with tempfile.TemporaryDirectory(dir=place) as name:
        source = make_recording(form, Path(name), minutes)
        work = routes(form, source, Path(name), minutes, count)
        for run in work[:2]:
            run()  # warms up
        times = [[processor_seconds(run, Path(name)) for run in work] for _ in range(rounds)]
    cut, whole = (statistics.median(column) for column in list(zip(*times, strict=True))[:2])
    once = statistics.median(a / b for a, b, _ in times)
    alone = statistics.median(SAMPLE * c / a for a, _, c in times)
    return f"{form.name:28} {cut:8.2f} {whole:8.2f} {once:10.2f}x {alone:12.0f}x"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0, help="of the recording")
    parser.add_argument("--segments", type=int, default=1000, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=MEMORY if MEMORY.is_dir() else None,
        help="to write into (default: %(default)s)",
    )  # fmt: skip
    options = parser.parse_args()
    print(f"{library_description()}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"in {options.folder or tempfile.gettempdir()}")
    print(f"{'seconds of processor':28} {'cut':>8} {'once':>8} {'cut/once':>11} {'alone/cut':>13}")
    for form in FORMS:
        line = compare(form, options.minutes, options.segments, options.rounds, options.folder)
        print(line, flush=True)


if __name__ == "__main__":
    main()
