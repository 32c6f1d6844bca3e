"""Makes the sample corpus: an archive in Common Voice's layout, with its EXPECTED.json and text.

    python -m tools.make_sample_corpus            # writes sample/, about half a minute

The same seed and the same library versions (EXPECTED.json names them) give the same bytes.
Needs espeakng_loader, numpy and soundfile.
"""

import argparse
import json
import multiprocessing
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tools.sample_corpus import expected, release
from tools.sample_corpus.language import write_down
from tools.sample_corpus.readings import Plan, Reading, draw_up
from tools.sample_corpus.recording import Clip, record

SEED = 20261120


def main() -> None:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--out", type=Path, default=Path("sample"), help="folder to write to")
    parser.add_argument("--seed", type=int, default=SEED, help="decides everything in the corpus")
    arguments = parser.parse_args()
    make(arguments.out, arguments.seed)


def make(out: Path, seed: int = SEED) -> None:
    """Write the archive, EXPECTED.json and text/commands.txt into `out`."""
    plan = draw_up(seed)
    unlisted = replace(plan.readings[0], clip=int(release.UNLISTED[16:-4]), damage="")
    *recorded, extra = record_all([*plan.readings, unlisted], seed)
    clips = {reading.path: clip for reading, clip in zip(plan.readings, recorded, strict=True)}
    archive = release.pack(release.files(plan, clips, extra))
    described = expected.describe(seed, plan, clips, archive)
    (out / "text").mkdir(parents=True, exist_ok=True)
    (out / release.ARCHIVE).write_bytes(archive)
    (out / "EXPECTED.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    (out / "text" / "commands.txt").write_text(commands_text(plan, seed), encoding="utf-8")
    print(f"{out / release.ARCHIVE}: {len(archive):,} bytes, {described['rows']}")


def record_all(readings: Sequence[Reading], seed: int) -> list[Clip]:
    """The clips of the readings, in their order, recorded on all cores."""
    # Spawned, not forked: a fork of a process with BLAS threads is not safe.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with multiprocessing.get_context("spawn").Pool() as pool:
        return pool.map(partial(record, seed=seed), readings, chunksize=20)


def commands_text(plan: Plan, seed: int) -> str:
    """Text for a language model: commands of the same language that nobody reads in the corpus."""
    rng = random.Random(seed)
    return "".join(write_down(command, rng) + "\n" for command in plan.unread)


if __name__ == "__main__":
    main()
