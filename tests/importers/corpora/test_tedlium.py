"""TED-LIUM: every layout of its releases, its transcripts, and a talk of real speech."""

import os
import shutil
import tarfile
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.corpora.tedlium import INFO, add_options, normalise, read, speaker
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import UsageError
from importers.releases import find_roots
from importers.report import Reject
from tests.importers.corpora.alignment import align
from tests.importers.corpora.whole_imports import import_whole

LABEL = "<o,f0,male>"
GAP = "{talk} 1 inter_segment_gap {start} {end} <o,,unknown> ignore_time_segment_in_scoring"


def write_talk(folder: Path, talk: str, *lines: str, sound: bool = True) -> None:
    """A talk of four seconds; ``{talk}`` in the lines is its name."""
    for name in ("stm", "sph"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    content = "".join(f"{line}\n" for line in lines).replace("{talk}", talk)
    (folder / "stm" / f"{talk}.stm").write_bytes(content.encode())
    if sound:
        noise = np.random.default_rng(len(talk)).normal(0, 0.1, 4 * 16000)
        path = folder / "sph" / f"{talk}.sph"
        soundfile.write(path, noise, 16000, format="NIST", subtype="PCM_16")


def segment(start: float, text: str, label: str = LABEL) -> str:
    return f"{{talk}} 1 {{talk}} {start:.2f} {start + 1:.2f} {label} {text}"


def rows(root: Path, distribution: str = "") -> list[Utterance | Reject]:
    values = {"distribution": distribution} if distribution else {}
    return list(read(root, ReadOptions(values=values)))


def found(root: Path, distribution: str = "") -> list[tuple[str, str, str | None]]:
    return [
        (one.key.partition("-")[0], one.audio.path, one.split)
        for one in rows(root, distribution)
        if isinstance(one, Utterance)
    ]


# Releases 1 and 2 --------------------------------------------------------------------------------


def test_a_segment_as_the_talk_tells_it(tmp_path: Path) -> None:
    write_talk(tmp_path / "train", "AlGore_2009", ";;", segment(1.5, "it 's (2) <sil>"))
    assert rows(tmp_path) == [
        Utterance(
            key="AlGore_2009-1-000150-000250",
            audio=Audio("train/sph/AlGore_2009.sph", 1.5, 2.5),
            text="it 's (2) <sil>",
            speaker="AlGore",
            locale="en",
            split="train",
            extra={"gender": "male"},
        )
    ]


def test_labels_of_release_1_tell_the_gender_too(tmp_path: Path) -> None:
    lines = [segment(n, "x", label) for n, label in enumerate(["<F0_M>", "<F0_F>", "<o,f0>", ""])]
    write_talk(tmp_path / "dev", "Talk_2010", *lines)
    genders = [one.extra["gender"] for one in rows(tmp_path) if isinstance(one, Utterance)]
    assert genders == ["male", "female", "", ""]


@pytest.mark.parametrize(
    ("talk", "name"),
    [
        ("AlGore_2009", "AlGore"),
        ("AaronHuey_2010X", "AaronHuey"),
        ("911Mothers_2010W", "911Mothers"),
        ("Al.Gore_2006_2009P", "Al.Gore_2006"),
        ("Libri1998_15444", "Libri1998_15444"),
        ("AlGore", "AlGore"),
    ],
)
def test_the_speaker_of_several_talks_is_one(talk: str, name: str) -> None:
    assert speaker(talk) == name


def test_a_release_with_all_that_can_be_wrong_is_imported_to_the_last_row(tmp_path: Path) -> None:
    release = tmp_path / "TEDLIUM_release2"
    train = release / "train"
    write_talk(
        train,
        "AlGore_2006",
        ';; LABEL "o" "Overall" "Overall results"\r',
        GAP.format(talk="{talk}", start=0, end=0.5) + "\r",
        segment(0.5, "it 's a warm day\r"),
        segment(1.5, "\r"),
        segment(2.5, "<sil> {NOISE}\r"),
        segment(0.5, "it 's that again\r"),
        "{talk} 1 {talk} 3.00 2.00 <o,f0,male> backwards\r",
        "{talk} 1 {talk} 3.00\r",
        "\r",
    )
    write_talk(train, "AlGore_2009", segment(0, "nothing lost"), segment(1, "in 1999"))
    write_talk(train, "Lost_2010", segment(0, "no audio here"), sound=False)
    write_talk(train, "Short_2011", segment(2, "all there"), segment(9, "after the end"))
    write_talk(train, "Silent_2012", "{talk} 1 {talk} 1 2 <o,f0,female> " + INFO.name)
    (train / "sph" / "Silent_2012.sph").write_bytes(b"")
    latin = train / "stm" / "Renee_2010.stm"
    latin.write_bytes("Renee_2010 1 R 0.5 1.5 <o,f0,female> caf\xe9 noir\n".encode("latin-1"))
    shutil.copy(train / "sph" / "AlGore_2006.sph", train / "sph" / "Renee_2010.sph")
    write_talk(release / "dev", "Dev_2010", segment(1, "(but) so <unk>", "<F0_M>"))
    ignored = "{talk} 1 {talk} 2 3 <o,f0,male> IGNORE_TIME_SEGMENT_IN_SCORING"
    write_talk(release / "test", "Test_2010", segment(1, "a { test / text }"), ignored)
    # What else lies there.
    (train / "stm" / "._AlGore_2006.stm").write_bytes(b"\0\5\26\7Mac OS X")
    (train / "stm" / "old.stm.bak").write_text("a b c")
    (release / "LM").mkdir()
    (release / "TEDLIUM.152k.dic").write_text("a(2) AH\n")
    (release / "doc" / "stm").mkdir(parents=True)
    (release / "doc" / "stm" / "example.stm").write_text("a 1 a 0 1 no talk")

    done = import_whole("tedlium", tmp_path / "out", release)
    assert done.report.read == 16
    assert done.names == {
        "tedlium-train": [
            "AlGore_2006-1-000050-000150",
            "AlGore_2009-1-000000-000100",
            "Renee_2010-1-000050-000150",
            "Short_2011-1-000200-000300",
        ],
        "tedlium-dev": ["Dev_2010-1-000100-000200"],
        "tedlium-test": ["Test_2010-1-000100-000200"],
    }
    assert done.rejects == [
        ("AlGore_2006-1-000050-000150", "duplicate"),
        ("AlGore_2006-1-000150-000250", "empty_text"),
        ("AlGore_2006-1-000250-000350", "empty_text"),
        ("AlGore_2006.stm:7", "bad_row"),
        ("AlGore_2006.stm:8", "bad_row"),
        ("AlGore_2009-1-000100-000200", "digits"),
        ("Lost_2010-1-000000-000100", "missing_audio"),
        ("Short_2011-1-000900-001000", "no_frames"),
        ("Silent_2012-1-000100-000200", "empty_file"),
        ("Test_2010-1-000200-000300", "excluded"),
    ]
    assert done.transcripts["AlGore_2006-1-000050-000150"] == "it's a warm day"
    assert done.transcripts["Renee_2010-1-000050-000150"] == "café noir"
    assert done.transcripts["Dev_2010-1-000100-000200"] == "but so"
    assert done.transcripts["Test_2010-1-000100-000200"] == "a test"
    sentences = {row["sentence"] for row in done.sets["tedlium-train"]}
    assert "it 's a warm day" in sentences
    assert {row["duration"] for row in done.sets["tedlium-train"]} == {"1.0000"}


# Release 3 ---------------------------------------------------------------------------------------


def linked(folder: Path, target: Path) -> None:
    """The folder as one link, relative to where it lies."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(os.path.relpath(target, folder.parent), target_is_directory=True)


def of_links(folder: Path, target: Path) -> None:
    """The folder with a link for each file."""
    folder.mkdir(parents=True)
    for path in target.iterdir():
        (folder / path.name).symlink_to(os.path.relpath(path, folder))


def of_hard_links(folder: Path, target: Path) -> None:
    """The folder with a second name for each file."""
    folder.mkdir(parents=True)
    for path in target.iterdir():
        os.link(path, folder / path.name)


Link = Callable[[Path, Path], None]


def release_3(folder: Path, link: Link) -> Path:
    release = folder / "TEDLIUM_release-3"
    for talk in ("Ann_2001", "Bob_2002", "Cid_2003"):
        write_talk(release / "data", talk, segment(1, f"this is {talk[:3]}"))
    for talk, split in (("Dot_2004", "dev"), ("Eve_2005", "test")):
        write_talk(release / "legacy" / split, talk, segment(1, f"this is {talk[:3]}"))
    for kind in ("stm", "sph"):
        link(release / "legacy" / "train" / kind, release / "data" / kind)
        for talk, split in (("Ann_2001", "train"), ("Bob_2002", "dev"), ("Cid_2003", "test")):
            place = release / "speaker-adaptation" / split / kind
            place.mkdir(parents=True)
            (place / f"{talk}.{kind}").symlink_to(f"../../../data/{kind}/{talk}.{kind}")
    (release / "doc").mkdir()
    return release


LEGACY = [
    ("Ann_2001", "train"),
    ("Bob_2002", "train"),
    ("Cid_2003", "train"),
    ("Dot_2004", "dev"),
    ("Eve_2005", "test"),
]


@pytest.mark.parametrize("link", [linked, of_links, of_hard_links])
def test_release_3_by_the_splits_of_the_releases_before(tmp_path: Path, link: Link) -> None:
    release = release_3(tmp_path, link)
    assert list(find_roots(INFO, tmp_path)) == [release]
    assert [(talk, split) for talk, _, split in found(release)] == LEGACY
    assert all((release / path).is_file() for _, path, _ in found(release))
    shutil.rmtree(release / "legacy" / "train")
    assert [(talk, split) for talk, _, split in found(release)] == LEGACY
    assert all((release / path).is_file() for _, path, _ in found(release))


@pytest.mark.parametrize("link", [linked, of_links, of_hard_links])
def test_release_3_in_an_archive(tmp_path: Path, link: Link) -> None:
    release = release_3(tmp_path, link)
    archive = tmp_path / "TEDLIUM_release-3.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(release, release.name)
    done = import_whole("tedlium", tmp_path / "out", archive)
    assert done.rejects == []
    assert {name: [key[:8] for key in keys] for name, keys in done.names.items()} == {
        "tedlium-train": ["Ann_2001", "Bob_2002", "Cid_2003"],
        "tedlium-dev": ["Dot_2004"],
        "tedlium-test": ["Eve_2005"],
    }


def test_release_3_by_the_splits_for_speaker_adaptation(tmp_path: Path) -> None:
    release = release_3(tmp_path, linked)
    assert found(release, "speaker-adaptation") == [
        ("Ann_2001", "speaker-adaptation/train/sph/Ann_2001.sph", "train"),
        ("Bob_2002", "speaker-adaptation/dev/sph/Bob_2002.sph", "dev"),
        ("Cid_2003", "speaker-adaptation/test/sph/Cid_2003.sph", "test"),
    ]
    shutil.rmtree(release / "speaker-adaptation")
    with pytest.raises(UsageError, match=r"has no speaker-adaptation/\. Leave out --distribution"):
        found(release, "speaker-adaptation")


def test_the_distribution_is_chosen_by_a_flag() -> None:
    parser = ArgumentParser()
    add_options(parser)
    assert parser.parse_args([]).distribution is None
    assert parser.parse_args(["--distribution", "legacy"]).distribution == "legacy"
    with pytest.raises(SystemExit):
        parser.parse_args(["--distribution", "other"])


def test_folders_of_a_release_are_sources_of_their_own(tmp_path: Path) -> None:
    release = release_3(tmp_path, linked)
    assert list(find_roots(INFO, release / "legacy")) == [release / "legacy"]
    assert [(talk, split) for talk, _, split in found(release / "legacy")] == LEGACY
    assert found(release / "legacy" / "dev") == [("Dot_2004", "sph/Dot_2004.sph", "dev")]
    assert [split for _, _, split in found(release / "data")] == [None, None, None]


# Transcripts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # kaldi-asr/kaldi, egs/tedlium/s5/local/prepare_data.sh
        ("so a(2) lot(3) of", "so a lot of"),
        ("<sil> thank <sil> you <sil>", "thank you"),
        ("thank you (AlGore_2009-1234.56-F0_M)", "thank you"),
        ("(AlGore_2009-1234.56-F0_M)", ""),
        ("{NOISE} thank {COUGH} you [NOISE]", "thank you"),
        # lhotse-speech/lhotse, lhotse/recipes/tedlium.py
        ("the <unk> [APPLAUSE 2] man", "the man"),
        ("it 's they 're don 't i 'd we 've", "it's they're don't i'd we've"),
        ("at nine o 'clock", "at nine o'clock"),
        ("the patient 's life", "the patient's life"),
        ("' cause it 's", "'cause it's"),
        ("and ' cause", "and 'cause"),
        # usnistgov/SCTK, doc/trans_rules/en20030506.glm
        ("tell 'em 'cause we wait 'til then", "tell 'em 'cause we wait 'til then"),
        ("rock 'n roll 'N roll", "rock 'n roll 'N roll"),
        # What looks like it, and is none
        ("the students ' work 'emphasis", "the students ' work'emphasis"),
        # usnistgov/SCTK, doc/infmts.htm
        ("so { um / uh } (but) then", "so um but then"),
        ("", ""),
    ],
)  # fmt: skip
def test_marks_are_no_words(text: str, words: str) -> None:
    assert normalise(text) == words


# Real speech -------------------------------------------------------------------------------------


def test_segments_of_a_real_talk_are_the_utterances_it_was_made_of(
    test_data: Path, tmp_path: Path
) -> None:
    talk = test_data / "derived" / "tedlium_like"
    done = import_whole("tedlium", tmp_path, talk)
    assert done.rejects == []
    assert done.report.read == 6
    (rows,) = done.sets.values()
    sources = sorted((test_data / "LibriSpeech" / "test-other" / "1998").rglob("*.flac"))[:6]
    texts = (talk / "truth" / "Libri1998_15444.segments.tsv").read_text().splitlines()[1:]
    for row, source, text in zip(rows, sources, texts, strict=True):
        clip, rate = soundfile.read(tmp_path / row["wav_filename"])
        original, original_rate = soundfile.read(source)
        assert rate == original_rate == 16000
        fit = align(clip, original, rate)
        assert fit.correlation > 0.99
        assert abs(fit.early) <= 0.010
        assert abs(fit.late) <= 0.010
        name, _, _, words = text.split("\t")
        assert source.stem == name
        assert row["transcript"] == words.lower()
        assert (row["speaker"], row["gender"]) == ("Libri1998_15444", "female")
