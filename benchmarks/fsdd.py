"""Spoken digits of speakers that a model has never heard: real speech, one speaker left out.

    python benchmarks/fsdd.py [--recordings DIR] [--only SPEAKER …] [--levels recorded equal]

All clips of the Free Spoken Digit Dataset that are there (8 kHz; `digit_speaker_take.wav`) are
imported by import-folder. For each speaker a model is trained on the others and has to recognise
that one's clips, with a language model of ten words; a clip counts when its text is right.

Clips are heard at equal level. What a word is worth is chosen for each of these trainings anew,
among the others alone: each setting is trained on all but one of them and tested on that one, in
turn, and the best in the mean is taken; with `--levels recorded equal` the level is chosen so, too.
What is finished is kept: run again, it goes on.
"""

import argparse
import csv
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.material.chosen_blindly import Choice, choose
from benchmarks.material.digit_trials import Setting, Trials, run, written_preset
from benchmarks.material.left_out_speaker import folds
from importers import console
from importers.manifest import Entry, read_manifest
from importers.storage import put_atomic

ROOT = Path(__file__).resolve().parent.parent
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CLAIM = 0.65
"""Of the clips are right, in the mean over the speakers."""
LEVELS = {"recorded": "as-recorded", "equal": "equal-level"}
"""Of the clips (native/features.py), with the names of their presets."""
WORD_BONUSES = (1.18, 5, 10)
"""The default of a package, and more: something is said in every clip."""
SHORTEST = 0.1
"""Seconds: 155 of the 1,000 clips have less than the 0.3 that imports usually want."""


def imported(recordings: Path, work: Path) -> list[Entry]:
    """All clips as 16 kHz WAVs, with the words that their names tell."""
    source, target = work / "source", work / "imported"
    source.mkdir(parents=True, exist_ok=True)
    link = source / "recordings"
    link.unlink(missing_ok=True)
    link.symlink_to(recordings.resolve())
    names = sorted(path.name for path in recordings.glob("*.wav"))
    with put_atomic(source / "digits.csv") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "text", "speaker", "set"))
        for name in names:
            digit, speaker, _ = name.split("_")
            writer.writerow((f"recordings/{name}", WORDS[int(digit)], speaker, "train"))
    options = ["--locale", "en", "--min-seconds", SHORTEST, "--rate-factor", 0]
    run("pipelines.import_command", "folder", target, source, *options)
    entries = list(read_manifest(target / "folder-train.csv"))
    assert len(entries) == len(names), f"{len(entries)} of {len(names)} clips: see rejects.csv"
    return entries


def language_model(work: Path) -> Path:
    """A package of the ten words, each as likely as the others."""
    text = work / "words.txt"
    text.write_text("".join(f"{word}\n" for word in WORDS))
    run("lm.build_command", "--text", text, "--locale", "en", "--out", work / "lm")
    return work / "lm"


def settings(work: Path, levels: Sequence[str], seed: int | None) -> list[Setting]:
    """All that there is to choose from."""
    base = ROOT / "benchmarks" / "material" / "fsdd.yaml"
    folder = work / "presets"
    folder.mkdir(exist_ok=True)
    presets = []
    for level in levels:
        changes: dict[str, Any] = {"features": {"level": level}}
        if seed is not None:
            changes["training"] = {"seed": seed}
        presets.append(written_preset(folder / f"{LEVELS[level]}.yaml", base, changes))
    return [Setting(preset, bonus) for preset in presets for bonus in WORD_BONUSES]


def show(choice: Choice[Setting], share: float) -> None:
    """What a setting came to without the speaker, and the chosen one with the speaker as test."""
    for setting, mean in choice.means.items():
        print(f"  without {choice.fold.left_out}: {setting}: {mean:.1%}")
    clips = len(choice.fold.test)
    print(
        f"{choice.fold.left_out:10}{share * clips:4.0f} of {clips} right: {share:.1%} "
        f"({choice.setting})",
        flush=True,
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    data = Path(os.environ.get("MYNA_TEST_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--recordings", type=Path, default=data / "fsdd" / "recordings")
    parser.add_argument("--only", nargs="+", metavar="SPEAKER", help="these folds alone")
    parser.add_argument(
        "--levels", nargs="+", choices=tuple(LEVELS), default=("equal",),
        help="of the clips, to choose from (default: equal)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="of the trainings")
    parser.add_argument("--threads", type=int, default=console.cores())
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks" / "fsdd")
    known = parser.parse_args(arguments)
    entries = imported(known.recordings, known.work)
    trials = Trials(known.work / "imported", known.work, language_model(known.work), known.threads)
    offered = settings(known.work, known.levels, known.seed)
    shares = []
    for fold in folds(entries):
        if not known.only or fold.left_out in known.only:
            choice = choose(fold, offered, trials.share)
            shares.append(trials.share(choice.setting, fold))
            show(choice, shares[-1])
    mean = statistics.mean(shares)
    print(
        f"mean of {len(shares)} speakers: {mean:.1%}; claim: at least {CLAIM:.0%}: "
        + ("holds" if mean >= CLAIM else "DOES NOT HOLD")
    )
    return 0 if mean >= CLAIM else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
