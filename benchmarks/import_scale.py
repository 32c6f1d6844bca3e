"""Imports of more and more clips: the cost of a clip must stay, and memory must be bounded.

    python benchmarks/import_scale.py [--counts 5000 50000 200000]

Clips of 1 s, 200 of them under ever new names, in a .tar.gz. Each import is a process of its own.
Before and after each larger one the smallest is imported, and what a clip costs is compared with
the mean of these two: with the system's part and without. The system's part is that of the machine:
on a virtual one, a page of memory may cost a hundred times as much when it is touched first as when
it is used again, and then a small import, whose pages are all new, pays more for each clip.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material.generated_release import ClipShape, clip_files, write_archive
from benchmarks.material.processes import Cost, cost_of

SHAPE = ClipShape(shortest=1.0, longest=1.0, distinct=200)


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a clip costs in a large import, to what it costs in the smallest."""

    processor: float
    user: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--counts", type=int, nargs="+", default=[5_000, 50_000, 200_000])
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="for the clips (default: the system's)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        report(*measured(sorted(options.counts), options.rounds, Path(name)))


def measured(
    counts: Sequence[int], rounds: int, work: Path
) -> tuple[Cost, dict[int, list[Cost]], dict[int, list[Ratio]]]:
    """Start-up; the costs by number of clips; what a clip costs by that, to the smallest's."""
    clips = clip_files(work / "clips", SHAPE)
    smallest, *larger = counts
    for count in (1, *counts):
        write_archive(_archive(count, work), clips, count)
    _imported(1, work)  # so that all programs are in memory
    start = _imported(1, work)
    costs: dict[int, list[Cost]] = {count: [] for count in counts}
    ratios: dict[int, list[Ratio]] = {count: [] for count in counts}
    for _ in range(rounds):
        for count in larger:
            before = _imported(smallest, work)
            costs[count].append(_imported(count, work))
            after = _imported(smallest, work)
            costs[smallest] += [before, after]
            large = costs[count][-1]
            ratios[count].append(
                Ratio(
                    *(
                        of(large, start, count)
                        / statistics.mean(of(one, start, smallest) for one in (before, after))
                        for of in (_processor, _user)
                    )
                )
            )
    return start, costs, ratios


def _archive(count: int, work: Path) -> Path:
    return work / f"{count}.tar.gz"


def _imported(count: int, work: Path) -> Cost:
    command = Path(sys.executable).parent / "import-cv"
    target = work / "cv"
    cost = cost_of([str(command), str(target), str(_archive(count, work))])
    shutil.rmtree(target)
    return cost


def _processor(cost: Cost, start: Cost, count: int) -> float:
    return 1000 * (cost.processor - start.processor) / count


def _user(cost: Cost, start: Cost, count: int) -> float:
    return 1000 * (cost.user - start.user) / count


def report(
    start: Cost, costs: Mapping[int, Sequence[Cost]], ratios: Mapping[int, Sequence[Ratio]]
) -> None:
    heads = ("CPU ms a clip", "of it user", "wall ms a clip", "peak MB")
    print(f"{'clips':>8} {'runs':>5} " + " ".join(f"{head:>14}" for head in heads))
    for count, runs in costs.items():
        processor = statistics.median(_processor(one, start, count) for one in runs)
        user = statistics.median(_user(one, start, count) for one in runs)
        wall = statistics.median(1000 * (one.wall - start.wall) / count for one in runs)
        peak = max(one.peak_bytes for one in runs) / 1e6
        figures = (
            f"{count:8,} {len(runs):5} {processor:14.3f} {user:14.3f} {wall:14.3f} {peak:14.0f}"
        )
        if ratios[count]:
            of_all = statistics.median(one.processor for one in ratios[count])
            of_user = statistics.median(one.user for one in ratios[count])
            figures += f"   {of_all:.2f} of the smallest's CPU, {of_user:.2f} of its user's part"
        print(figures)
    print(f"start-up: {start.processor:.2f} s CPU, {start.wall:.2f} s wall, taken off")


if __name__ == "__main__":
    main()
