"""A whole import and its conversion, against the DeepSpeech route and soundfile + soxr.

    python benchmarks/import_speed.py [--clips 10000] [--rounds 3]

The clips are generated: mono MP3s of 32 and 48 kHz, 3 to 8 s, 300 of them repeated. Each
route is a process of its own that is measured with all that it starts; the routes take turns, round
by round, and the medians of the rounds' ratios count. Start-up (the same process with one clip) is
taken off and shown apart. The slow routes get a share of the clips only; all figures are a clip.

    deepspeech      sox.Transformer().convert(16000, 1, 16) and soxi, in a thread pool, as in
                    mozilla/DeepSpeech, bin/import_cv2.py
    soundfile       soundfile + soxr (HQ) in a thread pool
    decode          libsndfile's decoding alone: nothing resampled, nothing written
    conversion      native.audio.convert: decode, resample, write
    import          import-cv of the same clips in a .tar.gz
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.dummy import Pool
from pathlib import Path

from benchmarks.material.generated_release import ClipShape, clip_files, write_archive
from benchmarks.material.processes import Cost, cost_of

SHAPE = ClipShape(shortest=3.0, longest=8.0, distinct=300)
SHARES = {"deepspeech": 0.02, "soundfile": 0.2, "decode": 0.5, "conversion": 1.0, "import": 1.0}
THREADS = len(os.sched_getaffinity(0))


def deepspeech(clips: Sequence[Path], folder: Path) -> None:
    import sox

    def one(number: int) -> None:
        wav = folder / f"{number}.wav"
        transformer = sox.Transformer()
        transformer.convert(samplerate=16000, n_channels=1, bitdepth=16)
        transformer.build(str(clips[number]), str(wav))
        subprocess.check_output(["soxi", "-s", str(wav)], stderr=subprocess.STDOUT)

    with Pool(THREADS) as pool:
        pool.map(one, range(len(clips)))


def soundfile_and_soxr(clips: Sequence[Path], folder: Path) -> None:
    import soundfile
    import soxr

    def one(number: int) -> None:
        samples, rate = soundfile.read(str(clips[number]), dtype="float32")
        resampled = soxr.resample(samples, rate, 16000, quality="HQ")
        soundfile.write(str(folder / f"{number}.wav"), resampled, 16000, subtype="PCM_16")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(len(clips))))


def decode(clips: Sequence[Path], folder: Path) -> None:
    """At the clips' own rates, so that nothing is resampled."""
    from native.audio import decode as decode_clip

    def one(number: int) -> None:
        rate = 48000 if int(clips[number].stem) % 2 else 32000
        decode_clip(str(clips[number]), sample_rate=rate)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(len(clips))))


def conversion(clips: Sequence[Path], folder: Path) -> None:
    from native.audio import ClipJob, convert

    jobs = [ClipJob(str(clip), str(folder / f"{i}.wav")) for i, clip in enumerate(clips)]
    outcomes = convert(jobs, temporary=str(folder / "temporary"), threads=THREADS)
    assert all(outcome.problem is None for outcome in outcomes)


ROUTES = {
    "deepspeech": deepspeech,
    "soundfile": soundfile_and_soxr,
    "decode": decode,
    "conversion": conversion,
}


def measured(route: str, count: int, work: Path) -> Cost:
    """One run of a route over ``count`` clips, in a process of its own."""
    out = work / "out"
    out.mkdir()
    try:
        if route == "import":
            archive = work / f"{count}.tar.gz"
            command = Path(sys.executable).parent / "import-cv"
            return cost_of([str(command), str(out / "cv"), str(archive)])
        return cost_of([sys.executable, __file__, "--route", route, "--count", str(count),
                        "--work", str(work)])  # fmt: skip
    finally:
        shutil.rmtree(out)


def run_route(route: str, count: int, work: Path) -> None:
    """The body of such a process."""
    files = [work / "many" / f"{i}.mp3" for i in range(count)]
    ROUTES[route](files, work / "out")


def _under_many_names(clips: Sequence[Path], folder: Path, count: int) -> None:
    """As links: of one name, all clips would be cut out of one decoding."""
    folder.mkdir()
    for i in range(count):
        os.link(clips[i % len(clips)], folder / f"{i}.mp3")


def main() -> None:
    options = _options()
    if options.route:
        run_route(options.route, options.count, options.work)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        work = Path(name)
        clips = clip_files(work / "clips", SHAPE)
        counts = {route: max(2, round(options.clips * share)) for route, share in SHARES.items()}
        _under_many_names(clips, work / "many", options.clips)
        for count in {1, counts["import"]}:
            write_archive(work / f"{count}.tar.gz", clips, count)
        rounds = [
            {route: _a_clip(route, counts[route], work) for route in SHARES}
            for _ in range(options.rounds)
        ]
    report(rounds, options.clips)


def _a_clip(route: str, count: int, work: Path) -> tuple[Cost, Cost]:
    """(cost of a clip with start-up taken off, start-up)."""
    start, whole = measured(route, 1, work), measured(route, count, work)
    return (
        Cost(
            (whole.wall - start.wall) / (count - 1),
            (whole.processor - start.processor) / (count - 1),
            whole.peak_bytes,
        ),
        start,
    )


def report(rounds: Sequence[Mapping[str, tuple[Cost, Cost]]], clips: int) -> None:
    print(f"{clips} clips, {len(rounds)} rounds, {THREADS} threads, load {os.getloadavg()[0]:.1f}")
    print(f"{'route':12} {'CPU ms':>8} {'wall ms':>8}  start-up: CPU s, wall s   peak MB")
    for route in SHARES:
        clip, start = zip(*(one[route] for one in rounds), strict=True)
        figures = [
            1000 * _median(c.processor for c in clip),
            1000 * _median(c.wall for c in clip),
            _median(c.processor for c in start),
            _median(c.wall for c in start),
            _median(c.peak_bytes for c in clip) / 1e6,
        ]
        print(f"{route:12} {{:8.3f}} {{:8.3f}} {{:16.2f}} {{:8.2f}} {{:9.0f}}".format(*figures))
    for one, other in (
        ("deepspeech", "conversion"),
        ("soundfile", "conversion"),
        ("deepspeech", "import"),
        ("soundfile", "import"),
        ("import", "conversion"),
        ("conversion", "decode"),
    ):
        cpu = _median(r[one][0].processor / r[other][0].processor for r in rounds)
        wall = _median(r[one][0].wall / r[other][0].wall for r in rounds)
        print(f"{one} / {other}: {cpu:.2f}x CPU, {wall:.2f}x wall")


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=10_000, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="for the clips (default: the system's)")
    parser.add_argument("--route", choices=sorted(ROUTES), help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
