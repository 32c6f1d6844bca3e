"""Deltas: only what earlier releases lack, and refusals of what is no earlier release."""

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from importers.errors import ArchiveError, UsageError
from tests.validation_app.release.community import Community, RealClip
from validation_app.release.export import Release

Export = Callable[..., Release]
Contents = Callable[[Path], dict[str, bytes]]
Rows = Callable[[bytes], list[dict[str, str]]]

NAME = "common_voice_en_{}.mp3".format


@pytest.fixture
def grown(community: Community, reals: list[RealClip], export: Export) -> Path:
    """An earlier release of three clips; two have come since, and one was left out of it."""
    ann = community.person("ann")
    for real in reals[:4]:
        community.clip(ann, real, votes="++")
    lost = community.data / "clips" / "000" / "4.mp3"
    kept = lost.rename(lost.with_suffix(".kept"))
    earlier = export("1.0").archive
    kept.rename(lost)
    bob = community.person("bob")
    community.clip(bob, reals[4], votes="++")
    community.clip(bob, reals[5], votes="--")
    return earlier


def test_a_delta_has_the_clips_that_the_earlier_release_lacks(
    grown: Path, export: Export, contents: Contents, rows: Rows
) -> None:
    release = export("2.0", (grown,))
    assert release.archive.name == "cv-corpus-2.0-delta-2026-11-22-en.tar.gz"
    with tarfile.open(release.archive) as tar:
        roots = {"/".join(name.split("/")[:2]) for name in tar.getnames()}
    assert roots == {"cv-corpus-2.0-delta-2026-11-22/en"}
    found = contents(release.archive)
    assert set(found) == {
        *(f"clips/{NAME(number)}" for number in (4, 5, 6)),
        *(f"{table}.tsv" for table in ("validated", "invalidated", "other", "reported")),
        "clip_durations.tsv",
        "validated_sentences.tsv",
        "unvalidated_sentences.tsv",
        "README.md",
    }
    assert [row["path"] for row in rows(found["validated.tsv"])] == [NAME(4), NAME(5)]
    assert [row["path"] for row in rows(found["invalidated.tsv"])] == [NAME(6)]
    assert [row["clip"] for row in rows(found["clip_durations.tsv"])] == [NAME(4), NAME(5), NAME(6)]
    assert len(rows(found["validated_sentences.tsv"])) == 6
    assert release.tally.earlier == 3
    assert "3 clips that the releases before it do not have" in found["README.md"].decode()


def test_a_delta_may_have_nothing(
    grown: Path, community: Community, reals: list[RealClip], export: Export, contents: Contents
) -> None:
    for number in range(5):
        community.clip(community.person(f"speaker {number}", age="teens"), reals[6 + number])
    second = export("2.0", (grown,))
    third = export("3.0", (grown, second.archive))
    assert third.tally.earlier == 11
    assert "Clips by age: there are none." in contents(third.archive)["README.md"].decode()


def test_a_speaker_has_the_same_id_in_both(
    grown: Path, export: Export, contents: Contents, rows: Rows
) -> None:
    delta = rows(contents(export("2.0", (grown,)).archive)["validated.tsv"])
    earlier = rows(contents(grown)["validated.tsv"])
    assert delta[0]["client_id"] == earlier[0]["client_id"] != delta[1]["client_id"]


def test_a_delta_since_a_release_and_its_delta(
    grown: Path, community: Community, reals: list[RealClip], export: Export, contents: Contents
) -> None:
    second = export("2.0", (grown,)).archive
    community.clip(community.person("cat"), reals[6])
    third = export("3.0", (grown, second))
    clips = {name for name in contents(third.archive) if name.startswith("clips/")}
    assert clips == {f"clips/{NAME(7)}"}
    assert third.tally.earlier == 6


def test_whose_clip_it_was_must_be_whose_it_is(
    grown: Path, community: Community, reals: list[RealClip], export: Export, tmp_path: Path
) -> None:
    """Another app's release, or one made with another key, has other clips of the same names."""
    other = Community(tmp_path / "other")
    dan = other.person("dan")
    for real in reals[:2]:
        other.clip(dan, real)
    community.engine, community.data = other.engine, other.data
    with pytest.raises(UsageError, match=r"common_voice_…_1\.mp3 is of another speaker there"):
        export("2.0", (grown,))
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == [
        "cv-corpus-1.0-2026-11-22-en-problem-clips.tsv",
        "cv-corpus-1.0-2026-11-22-en.tar.gz",
        "cv-corpus-1.0-2026-11-22-en.tar.gz.sha256",
    ]


def test_of_another_language_there_is_nothing_to_compare(
    grown: Path, community: Community, export: Export
) -> None:
    community.locale = "de"
    with pytest.raises(UsageError, match=r"holds no release of de \(no de/validated.tsv\)"):
        export("2.0", (grown,))


def test_what_is_no_archive_is_refused(grown: Path, export: Export, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such archive"):
        export("2.0", (tmp_path / "cv-corpus-0.9.tar.gz",))
    text = tmp_path / "text.tar.gz"
    text.write_text("no archive")
    with pytest.raises(ArchiveError, match="is no tar archive"):
        export("2.0", (text,))
    cut = tmp_path / "cut.tar.gz"
    shutil.copyfile(grown, cut)
    with cut.open("r+b") as stream:
        stream.truncate(grown.stat().st_size - 1000)
    with pytest.raises(ArchiveError, match="is damaged or incomplete"):
        export("2.0", (cut,))
    assert len(list((tmp_path / "releases").iterdir())) == 3  # of the earlier one
