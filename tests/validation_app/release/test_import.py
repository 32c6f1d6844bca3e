"""The proof of a release: `import-cv` takes it, and what was spoken comes out of it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr

from tests.validation_app.release.community import Community, RealClip
from validation_app.release.export import Release

Export = Callable[..., Release]


def manifests(target: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each CSV of an import."""
    found = {}
    for path in sorted(target.glob("cv-*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found[path.stem] = list(csv.DictReader(stream))
    return found


def loudest_match(wav: Path, mp3: Path) -> float:
    """How well a WAV of 16 kHz fits an MP3, from -1 to 1, at the best of some small shifts."""
    heard, rate = soundfile.read(wav)
    spoken, spoken_rate = soundfile.read(mp3)
    assert (rate, spoken_rate) == (16_000, 32_000)
    spoken = soxr.resample(spoken, spoken_rate, rate)
    length = min(len(heard), len(spoken)) - 2000
    heard = heard[1000 : 1000 + length]
    shifts = (spoken[shift : shift + length] for shift in range(990, 1011))
    return max(float(np.corrcoef(heard, shifted)[0, 1]) for shifted in shifts)


def test_import_cv_takes_a_release_and_its_delta(
    community: Community, reals: list[RealClip], export: Export, import_cv: Callable[..., str],
    tmp_path: Path,
) -> None:  # fmt: skip
    speakers = [community.person(f"speaker {number}", age="fifties") for number in range(6)]
    votes = ["++", "++", "--", "+-", "+++-", "++"]
    clips = {
        f"common_voice_en_{community.clip(speakers[place % 6], real, votes=votes[place % 6])}": real
        for place, real in enumerate(reals[:30])
    }
    (community.data / "clips" / "000" / "30.mp3").unlink()
    first = export("1.0")
    assert (first.tally.total("validated.tsv"), first.tally.excluded.total()) == (19, 1)

    target = tmp_path / "imported"
    import_cv(target, first.archive)
    report = json.loads((target / "report.json").read_text())
    assert report["read"] == report["imported"] == 29
    assert report["rejected"] == 0
    sets = manifests(target)
    split = {name: first.tally.clips[f"{name}.tsv"] for name in ("train", "dev", "test")}
    # Dev and test have room for 6 of 19 clips; four speakers have 4, 5, 5 and 5.
    assert split == {"train": 10, "dev": 5, "test": 4}
    assert {name: len(rows) for name, rows in sets.items() if rows} == {
        **{f"cv-valid-{name}": clips for name, clips in split.items()},
        "cv-other-train": 5,
        "cv-invalid": 5,
    }

    for rows in sets.values():
        for row in rows:
            name = Path(row["wav_filename"]).stem
            assert row["sentence"] == clips[name].text
            assert row["age"] == "fifties"
            assert loudest_match(target / row["wav_filename"], clips[name].path) > 0.999

    for number, real in enumerate(reals[30:40]):
        name = f"common_voice_en_{community.clip(speakers[number % 3], real, votes='++')}"
        clips[name] = real
    delta = export("2.0", (first.archive,))
    assert (delta.tally.earlier, delta.tally.total("validated.tsv")) == (29, 10)
    import_cv(target, delta.archive, "--add")
    report = json.loads((target / "report.json").read_text())
    assert report["read"] == report["imported"] == 39
    grown = manifests(target)
    known = {row["wav_filename"]: row["speaker"] for rows in sets.values() for row in rows}
    speakers_of_old = set(known.values())
    new = [row for rows in grown.values() for row in rows if row["wav_filename"] not in known]
    assert len(new) == 10
    assert {row["speaker"] for row in new} <= speakers_of_old
