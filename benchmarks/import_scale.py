"""Imports of more and more clips: the cost of a clip must stay, and memory must be bounded.

    python benchmarks/import_scale.py [--counts 5000 50000 200000]

Clips of 1 s, 200 of them under ever new names, in a .tar.gz. The sizes are imported one after the
other, each by a process of its own.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.material.generated_release import ClipShape, clip_files, write_archive
from benchmarks.material.processes import cost_of

SHAPE = ClipShape(shortest=1.0, longest=1.0, distinct=200)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--counts", type=int, nargs="+", default=[5_000, 50_000, 200_000])
    parser.add_argument("--folder", type=Path, help="for the clips (default: the system's)")
    options = parser.parse_args()
    command = str(Path(sys.executable).parent / "import-cv")
    print(f"{'clips':>8} {'CPU ms a clip':>14} {'wall ms a clip':>15} {'peak MB':>8}")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        clips = clip_files(Path(name) / "clips", SHAPE)
        write_archive(Path(name) / "one.tar.gz", clips, 1)
        start = cost_of([command, str(Path(name) / "one"), str(Path(name) / "one.tar.gz")])
        first = 0.0
        for count in options.counts:
            archive, target = Path(name) / "release.tar.gz", Path(name) / "cv"
            write_archive(archive, clips, count)
            cost = cost_of([command, str(target), str(archive)])
            shutil.rmtree(target)
            processor = 1000 * (cost.processor - start.processor) / count
            wall = 1000 * (cost.wall - start.wall) / count
            first = first or processor
            print(
                f"{count:8,} {processor:14.3f} {wall:15.3f} {cost.peak_bytes / 1e6:8.0f}"
                f"   {processor / first:.2f} of the first"
            )
    print(f"start-up: {start.processor:.2f} s CPU, {start.wall:.2f} s wall, taken off")


if __name__ == "__main__":
    main()
