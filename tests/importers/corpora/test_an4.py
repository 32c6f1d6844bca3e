"""AN4: its two lists, what only one of them has, and audio that is in none."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from importers.corpora.an4 import normalise, read
from importers.corpus import Audio, ReadOptions, Utterance
from tests.importers.corpora.whole_imports import Imported, import_whole


def write_sph(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).normal(0, 0.1, 16000)
    soundfile.write(path, noise, 16000, format="NIST", subtype="PCM_16")


def write_lists(root: Path, split: str, file_ids: str, transcription: str | bytes) -> None:
    etc = root / "etc"
    etc.mkdir(parents=True, exist_ok=True)
    (etc / f"an4_{split}.fileids").write_text(file_ids, newline="")
    content = transcription.encode() if isinstance(transcription, str) else transcription
    (etc / f"an4_{split}.transcription").write_bytes(content)


def test_the_real_ones_are_imported_and_the_sixth_is_reported(
    test_data: Path, tmp_path: Path
) -> None:
    done = import_whole("an4", tmp_path, test_data / "an4")
    assert (done.report.read, done.report.imported) == (6, 5)
    assert done.rejects == [("cen7-fash-b", "no_transcript")]
    detail = (tmp_path / "rejects.csv").read_text().splitlines()[1].split(",")[2]
    assert detail == "wav/an4_clstk/fash/cen7-fash-b.sph: in no list of etc/"
    assert done.transcripts == {
        "an251-fash-b": "yes",
        "an253-fash-b": "go",
        "cen8-fbbh-b": "march third nineteen twenty eight",
        "an152-mwhw-b": "start",
        "cen8-mwhw-b": "eleven seventeen fifty one",
    }
    rows = done.sets["an4-train"]
    assert {row["speaker"] for row in rows} == {"fash", "fbbh", "mwhw"}
    for row in rows:
        name = Path(row["wav_filename"]).stem
        (source,) = (test_data / "an4" / "wav").rglob(f"{name}.sph")
        clip, _ = soundfile.read(tmp_path / row["wav_filename"], dtype="int16")
        original, _ = soundfile.read(source, dtype="int16")
        assert np.array_equal(clip, original)


def test_an_utterance_of_each_list(tmp_path: Path) -> None:
    write_lists(tmp_path, "train", "an4_clstk/fash/a-fash-b\n", "<s> YES </s> (a-fash-b)\n")
    write_lists(tmp_path, "test", "an4test_clstk/fcaw/b-fcaw-b\n", "RUBOUT G M (b-fcaw-b)\n")
    first = Utterance(
        key="a-fash-b",
        audio=Audio("wav/an4_clstk/fash/a-fash-b.sph"),
        text="<s> YES </s>",
        speaker="fash",
        locale="en",
        split="train",
    )
    second = Utterance(
        key="b-fcaw-b",
        audio=Audio("wav/an4test_clstk/fcaw/b-fcaw-b.sph"),
        text="RUBOUT G M",
        speaker="fcaw",
        locale="en",
        split="test",
    )
    assert list(read(tmp_path, ReadOptions())) == [first, second]


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Both lists with all that can be wrong with them."""
    root = tmp_path / "an4"
    for name in ("fash/a", "fash/b", "fbbh/c", "fbbh/._c", "fbbh/odd", "mwhw/late"):
        write_sph(root / "wav" / "an4_clstk" / f"{name}.sph")
    write_sph(root / "wav" / "an4test_clstk" / "fcaw" / "t.sph")
    (root / "wav" / "an4_clstk" / "fbbh" / "c.sph").write_bytes(b"")
    folder = "an4_clstk"
    file_ids = [
        f"{folder}/fash/a\r",
        f"{folder}/fash/b",
        "",
        f"{folder}/fbbh/c",
        f"{folder}/fash/a",
        f"{folder}/mwhw/late",
        f"{folder}/mwhw/lost",
        f"{folder}/../../../mwhw/up",
    ]
    transcription = [
        b"<s> YES </s> (a)\r",
        b"<s>  </s> (b)",
        b"<s> GO </s> (c)",
        b"<s> STOP </s>",
        b"<s> CAF\xc9 </s> (x)",
        b"<s> NO (a)",
        b"<s> ONLY WORDS </s> (words)",
        b"<s> HERE </s> (lost)",
        b"<s> HERE </s> (up)",
    ]
    write_lists(root, "train", "\n".join(file_ids), b"\n".join(transcription))
    write_lists(root, "test", "an4test_clstk/fcaw/t\n", "ERASE FIVE (t)\n")
    (root / "etc" / "full_an4_train.transcription").write_text("MAYBE (odd)\n")
    return root


REJECTS = [
    ("a", "duplicate"),
    ("an4_train.transcription:4", "bad_row"),
    ("an4_train.transcription:5", "bad_row"),
    ("an4_train.transcription:6", "duplicate"),
    ("b", "empty_text"),
    ("c", "empty_file"),
    ("late", "no_transcript"),
    ("lost", "missing_audio"),
    ("odd", "no_transcript"),
    ("up", "bad_name"),
    ("words", "missing_audio"),
]


def assert_imported(done: Imported) -> None:
    assert done.names == {"an4-train": ["a"], "an4-test": ["t"]}
    assert done.transcripts == {"a": "yes", "t": "erase five"}


def test_a_folder_with_all_that_can_be_wrong(full: Path, tmp_path: Path) -> None:
    done = import_whole("an4", tmp_path / "out", full)
    assert_imported(done)
    assert done.rejects == REJECTS


def test_an_archive_gives_the_same(full: Path, tmp_path: Path) -> None:
    archive = tmp_path / "an4_sphere.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(full, "an4")
    done = import_whole("an4", tmp_path / "out", archive)
    assert_imported(done)
    assert done.rejects == REJECTS


def test_a_list_that_is_missing_has_no_lines(tmp_path: Path) -> None:
    write_lists(tmp_path, "train", "an4_clstk/fash/a\n", "YES (a)\n")
    (tmp_path / "etc" / "an4_train.transcription").unlink()
    (row,) = read(tmp_path, ReadOptions())
    assert row.key == "a"
    assert not isinstance(row, Utterance)


@pytest.mark.parametrize(
    ("text", "words"),
    [("<s> YES </s>", "YES"), ("A <sil> M Y", "A M Y"), ("GO", "GO"), ("<s> </s>", "")],
)
def test_marks_of_cmu_sphinx_are_no_words(text: str, words: str) -> None:
    """https://cmusphinx.github.io/wiki/tutorialam, and the corpus's own etc/an4.filler."""
    assert normalise(text) == words
