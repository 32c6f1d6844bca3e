"""count-words against build-lm that reads the same text itself.

    python benchmarks/count_words.py [--text FILE] [--rounds 3] [--megabytes 80] [--work DIR]

The text is that of lm_build.py. The routes make the same lm.binary, byte by byte, and take turns.

    direct      build-lm --text
    count       count-words, by all cores
    counted     build-lm --counts, of what count-words made

What counting costs is paid once, and saved by every model that is built of it.
"""

import argparse
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.lm_build import MEMORY, head_of
from benchmarks.material.debian_text import debian_text
from benchmarks.material.processes import Cost, cost_of
from importers.digests import digest_of

ROOT = Path(__file__).resolve().parent.parent
ROUTES = ("direct", "count", "counted")
CLAIM = 0.5
"""Counting takes at most so much of the wall clock of build-lm."""


def command_of(route: str, text: Path, work: Path) -> list[str]:
    """The command line of a route."""
    counts = work / "counts"
    if route == "count":
        command = str(ROOT / "pipelines" / "count_words_command.py")
        return [sys.executable, command, "--text", str(text), "--out", str(counts)]
    command = str(ROOT / "lm" / "build_command.py")
    source = ["--text", str(text)] if route == "direct" else ["--counts", str(counts)]
    return [sys.executable, command, *source, "--out", str(work / route), "--memory", MEMORY]


def report(costs: dict[str, list[Cost]], megabytes: float) -> bool:
    """Print the medians; whether the claim holds."""
    print(f"{'':12}{'wall s':>10}{'CPU s':>10}{'all MB':>10}{'MB/s':>10}")
    for route, runs in costs.items():
        wall = statistics.median(run.wall for run in runs)
        processor = statistics.median(run.processor for run in runs)
        memory = max(run.together_bytes for run in runs) / 1e6
        print(f"{route:12}{wall:10.1f}{processor:10.1f}{memory:10.1f}{megabytes / wall:10.1f}")
    pairs = list(zip(costs["count"], costs["direct"], strict=True))
    wall = statistics.median(count.wall / direct.wall for count, direct in pairs)
    saved = statistics.median(
        1 - counted.wall / direct.wall
        for counted, direct in zip(costs["counted"], costs["direct"], strict=True)
    )
    print(
        f"count / direct: wall {wall:.2f}; claim: at most {CLAIM}: "
        + ("holds" if wall <= CLAIM else "DOES NOT HOLD")
        + f". build-lm --counts saves {saved:.0%} of the wall clock of build-lm --text"
    )
    return wall <= CLAIM


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--text", type=Path, help="another text")
    parser.add_argument("--megabytes", type=float, default=80)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks" / "count_words")
    known = parser.parse_args(arguments)
    known.work.mkdir(parents=True, exist_ok=True)
    beside = known.work.parent / "lm_build" / "text"
    text = head_of(known.text or debian_text(beside), known.megabytes, known.work)
    megabytes = text.stat().st_size / 1e6
    print(f"{megabytes:.1f} MB of text")
    costs: dict[str, list[Cost]] = {route: [] for route in ROUTES}
    models, run = set(), known.work / "run"
    for _ in range(known.rounds):
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        for route in ROUTES:
            costs[route].append(cost_of(command_of(route, text, run), together=True))
        models |= {digest_of(path) for path in run.glob("*/lm.binary")}
    shutil.rmtree(run)
    print("the models are" + (" the same, byte by byte" if len(models) == 1 else " not the same"))
    return 0 if report(costs, megabytes) and len(models) == 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
