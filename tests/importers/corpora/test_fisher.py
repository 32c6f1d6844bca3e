"""Fisher: every layout at once, the rules of its transcripts, and a call of real speech."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from importers.corpora.fisher import INFO, normalise, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import FormatError, UsageError
from importers.file_search import matching
from importers.releases import find_roots
from importers.report import Reason, Reject
from native.audio import resample
from tests.importers.corpora.alignment import align
from tests.importers.corpora.whole_imports import Imported, import_whole

CALLDATA = (
    "CALL_ID,DATE_TIME,TOPICID,SIG_GRADE,CNV_GRADE,"
    "APIN,ASX.DL,APHNUM,APHSET,APHTYP,BPIN,BSX.DL,BPHNUM,BPHSET,BPHTYP"
)


def calldata(call: str, a_pin: str, a_kind: str, b_pin: str, b_kind: str) -> str:
    return f"{call},20030101_10:00:00,ENG01,3,3,{a_pin},{a_kind},N1,4,3,{b_pin},{b_kind},N2,4,3"


def write(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode(encoding))
    return path


def write_transcript(folder: Path, call: str, *segments: str, **how: str) -> Path:
    """A transcript as LDC writes it, with blank lines between the turns."""
    head = (f"# fe_03_{call}.sph", "# Transcribed by BBN/WordWave", "")
    turns = (line for segment in segments for line in (segment, ""))
    return write(folder / f"fe_03_{call}.txt", *head, *turns, **how)


def write_audio(path: Path, seconds: float = 4.0) -> None:
    """Two channels of mu-law noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).normal(0, 0.1, (int(8000 * seconds), 2))
    soundfile.write(path, noise, 8000, format="NIST", subtype="ULAW")


def rows(root: Path) -> list[Utterance | Reject]:
    return list(read(root, ReadOptions()))


def one_call(tmp_path: Path, *segments: str, call: str = "00001") -> list[Utterance | Reject]:
    """What is read of a call with these lines."""
    write_audio(tmp_path / f"fe_03_{call}.sph", 0.1)
    write_transcript(tmp_path, call, *segments)
    return rows(tmp_path)


def only(found: list[Utterance | Reject]) -> Utterance:
    (one,) = found
    assert isinstance(one, Utterance)
    return one


# Segments ----------------------------------------------------------------------------------------


def test_a_segment_as_the_transcript_and_the_call_data_tell_it(tmp_path: Path) -> None:
    write(
        tmp_path / "doc" / "fe_03_p1_calldata.tbl",
        CALLDATA,
        calldata("00001", "2602", "f.a", "1790", "m.o"),
    )
    found = one_call(tmp_path, "3.76 5.54 A: and i generally prefer ", "7.92 9.52 B: hi")
    assert found == [
        Utterance(
            key="fe_03_00001-A-000376-000554",
            audio=Audio("fe_03_00001.sph", 3.76, 5.54, 0),
            text="and i generally prefer",
            speaker="2602",
            locale="en",
            conversation="fe_03_00001",
            extra={"conversation": "fe_03_00001", "gender": "female", "dialect": "american"},
        ),
        Utterance(
            key="fe_03_00001-B-000792-000952",
            audio=Audio("fe_03_00001.sph", 7.92, 9.52, 1),
            text="hi",
            speaker="1790",
            locale="en",
            conversation="fe_03_00001",
            extra={"conversation": "fe_03_00001", "gender": "male", "dialect": "other"},
        ),
    ]


def test_a_and_b_at_the_same_time_are_two_clips(tmp_path: Path) -> None:
    """DeepSpeech's importer gave both one name, and one of them was lost."""
    found = one_call(tmp_path, "1.00 2.00 A: yeah", "1.00 2.00 B: yeah")
    assert [one.key for one in found] == [
        "fe_03_00001-A-000100-000200",
        "fe_03_00001-B-000100-000200",
    ]


def test_without_call_data_each_side_is_a_speaker_of_its_own(tmp_path: Path) -> None:
    found = one_call(tmp_path, "1.00 2.00 A: yeah", "2.00 3.00 B: oh", "3.00 4.00 A: no")
    speakers = [one.speaker for one in found if isinstance(one, Utterance)]
    assert speakers == ["fe_03_00001-A", "fe_03_00001-B", "fe_03_00001-A"]


@pytest.mark.parametrize("words", ["(( oh yeah ))", "he works for (( )) and", "oh yeah ))"])
def test_what_the_transcribers_were_not_sure_of_is_a_reject(tmp_path: Path, words: str) -> None:
    found = one_call(tmp_path, f"1.00 2.00 A: {words}")
    assert found == [Reject("fe_03_00001-A-000100-000200", Reason.UNSURE, words)]


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("1.00 A: yeah", "not 'start end A: words': 1.00 A: yeah"),
        ("1.00 2.00 C: yeah", "not 'start end A: words': 1.00 2.00 C: yeah"),
        ("1.00 2.00 yeah", "not 'start end A: words': 1.00 2.00 yeah"),
        ("2.00 2.00 A: yeah", "ends at 2.00 s, before it begins"),
        ("2.00 1.50 A: yeah", "ends at 1.50 s, before it begins"),
    ],
)
def test_lines_that_are_no_segment(tmp_path: Path, line: str, detail: str) -> None:
    assert one_call(tmp_path, line) == [Reject("fe_03_00001.txt:4", Reason.BAD_ROW, detail)]


def test_a_transcript_of_another_call_is_not_used(tmp_path: Path) -> None:
    write_audio(tmp_path / "fe_03_00001.sph", 0.1)
    write(tmp_path / "fe_03_00001.txt", "# fe_03_00002.sph", "1.00 2.00 A: yeah")
    detail = "the file says that it is of fe_03_00002.sph"
    assert rows(tmp_path) == [Reject("fe_03_00001.txt:2", Reason.BAD_ROW, detail)]


@pytest.mark.parametrize(
    ("call", "times", "text"),
    [
        ("00265", "33.53 33.81", "correct"),
        ("00991", "527.39 528.30", "that's one of those"),
        ("10282", "344.42 344.84", "they don't want"),
        (
            "10677",
            "101.04 106.41",
            "uh my mine yeah the german shepherd pitbull mix he snores almost as loud as i do",
        ),
    ],
)
def test_known_wrong_transcripts_are_put_right(
    tmp_path: Path, call: str, times: str, text: str
) -> None:
    """DeepSpeech, bin/import_fisher.py: longer than their audio as LDC has published them."""
    found = one_call(tmp_path, f"{times} B: (( as it was published ))", call=call)
    assert only(found).text == text


@pytest.mark.parametrize(
    ("call", "times"), [("00027", "393.80 394.05"), ("01326", "307.42 307.93")]
)
def test_known_bad_segments_are_rejects(tmp_path: Path, call: str, times: str) -> None:
    (found,) = one_call(tmp_path, f"{times} A: as it was published", call=call)
    assert isinstance(found, Reject)
    assert found.reason is Reason.KNOWN_BAD


def test_the_mistyped_start_is_put_right(tmp_path: Path) -> None:
    """31.09 is 231.09 in call 11487 (lhotse, recipes/fisher_english.py)."""
    found = only(one_call(tmp_path, "31.09 234.06 A: um", call="11487"))
    assert found.audio == Audio("fe_03_11487.sph", 231.09, 234.06, 0)
    assert found.key == "fe_03_11487-A-023109-023406"
    elsewhere = one_call(tmp_path / "other", "31.09 234.06 A: um", call="11488")
    assert only(elsewhere).audio.start == 31.09


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Kaldi, egs/fisher_swbd/s5/local/fisher_data_prep.sh: sounds.
        ("[laughter] yeah [laugh]", "yeah"),
        ("[noise] [sigh] [cough] [mn] [breath] [lipsmack] [sneeze]", ""),
        ("so [[skip]] we [pause] went", "so we went"),
        # NeMo, scripts/dataset_processing/process_fisher_data.py: spelt letters, numbers, tags.
        ("u._c._l._a.", "u c l a"),
        ("the u._s.'s", "the u s's"),
        ("a dot com .dot", "a dot com dot"),
        ("[uh] i [um] know", "uh i um know"),
        ("<noise> oh </noise> <spoken_noise>", "oh"),
        ("my 401k and y2k", "my four o one k and y two k"),
        ("beverly hills 90210", "beverly hills nine o two one o"),
        ("the mp3s", "the mp3s"),
        ("book 2 of it", "book two of it"),
        # LDC2004T19's readme: a word that breaks off.
        ("an- so the topic is", "an so the topic is"),
        ("-hyphen wh-- what", "hyphen wh what"),
        ("uh-huh e-mail", "uh-huh e-mail"),
        ("", ""),
    ],
)
def test_words(text: str, words: str) -> None:
    assert normalise(text) == words


WORD = st.from_regex("[a-z]+('[a-z]+)?", fullmatch=True)
SOUND = st.sampled_from(["[laughter]", "[noise]", "[[skip]]", "<noise>", "[pause]"])


@given(st.lists(st.tuples(st.booleans(), WORD, SOUND)))
def test_sounds_between_words_leave_the_words(tokens: list[tuple[bool, str, str]]) -> None:
    text = " ".join(sound if is_sound else word for is_sound, word, sound in tokens)
    assert normalise(text) == " ".join(word for is_sound, word, _ in tokens if not is_sound)


@given(st.text(st.sampled_from("ab1_-/[]{}()<>.' \u00e9\u2028")))
def test_any_text_comes_to_words_with_one_space_between(text: str) -> None:
    words = normalise(text)
    assert words == " ".join(words.split())


# Layouts -----------------------------------------------------------------------------------------


def write_corpus(root: Path) -> None:
    """Parts 1 and 2 in the layouts that are about, with everything that can be wrong in them."""
    one, two = root / "fe_03_p1_tran", root / "LDC2005T19"
    write_transcript(
        one / "data/trans/000", "00001",
        "0.50 1.00 A: hello", "0.50 1.00 B: hello", "1.20 2.00 A: (( what ))",
        "1.20 2.00 B: [laughter]", "2.50 3.00 A:", "2.50 3.00 A: again", "broken",
        "0.50 1.00 A: hello twice",
    )  # fmt: skip
    write_transcript(one / "data/trans/000", "00002", "0.50 1.50 B: i am fine", end="\r\n")
    write_transcript(one / "data/trans/000", "00003", "0.50 1.50 A: there is no audio")
    write_transcript(
        two / "data/trans/058", "05851",
        "0.50 1.50 A: caf\xe9", "1.60 2.50 A: coffee", encoding="latin-1",
    )  # fmt: skip
    write_transcript(two / "data/trans/058", "05852")
    write(one / "data/bbn_orig/000/originals/fe_03_00002.txo", "L:  Hi, my name's Candy.")
    write(one / "doc/fe_03_p1_filelist.tbl", "00001\tfe_03_p1_sph1\tff\tLDC")
    write(
        one / "doc/fe_03_p1_calldata.tbl",
        CALLDATA,
        calldata("00001", "11", "f.a", "12", "m.a"),
        calldata("00002", "13", "m.a", "11", "f.a"),
        "00003,short",
        end="\r\n",
    )
    write(two / "doc/fe_03_p2_calldata.tbl", CALLDATA, calldata("05851", "14", "m.o", "15", "f.a"))
    write_audio(root / "fe_03_p1_sph1/audio/000/fe_03_00001.sph")
    write_audio(root / "my disks/no 2/audio/000/fe_03_00002.sph")
    write_audio(root / "fisher_eng_tr_sp_d1/audio/058/fe_03_05851.sph")
    write_audio(root / "fisher_eng_tr_sp_d1/audio/058/FE_03_05852.SPH")
    write_audio(root / "fisher_eng_tr_sp_d2/audio/059/fe_03_05900.sph")
    write_audio(root / "fisher_eng_tr_sp_d2/audio/059/fe_03_05900_c1.sph")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    root = tmp_path_factory.mktemp("fisher")
    write_corpus(root)
    assert list(find_roots(INFO, root)) == [root]
    return import_whole("fisher", tmp_path_factory.mktemp("target"), root)


def test_everything_read_is_imported_or_rejected(imported: Imported) -> None:
    assert imported.rejects == [
        ("fe_03_00001-A-000050-000100", "duplicate"),
        ("fe_03_00001-A-000120-000200", "unsure"),
        ("fe_03_00001-A-000250-000300", "duplicate"),
        ("fe_03_00001-A-000250-000300", "empty_text"),
        ("fe_03_00001-B-000120-000200", "empty_text"),
        ("fe_03_00001.txt:16", "bad_row"),
        ("fe_03_00003-A-000050-000150", "missing_audio"),
        ("fe_03_05851.txt:4", "bad_row"),
        ("fe_03_05900", "no_transcript"),
        ("fe_03_p1_calldata.tbl:4", "bad_row"),
    ]
    keys = {key for names in imported.names.values() for key in names}
    assert keys == {
        "fe_03_00001-A-000050-000100",
        "fe_03_00001-B-000050-000100",
        "fe_03_00002-B-000050-000150",
        "fe_03_05851-A-000160-000250",
    }
    assert (imported.report.read, imported.report.imported) == (14, 4)


def test_speakers_are_in_the_manifests(imported: Imported) -> None:
    of_clip: Mapping[str, tuple[str, ...]] = {
        Path(row["wav_filename"]).stem: tuple(
            row[name] for name in ("speaker", "gender", "dialect", "conversation")
        )
        for rows in imported.sets.values()
        for row in rows
    }
    assert of_clip["fe_03_00001-A-000050-000100"] == ("11", "female", "american", "fe_03_00001")
    assert of_clip["fe_03_00002-B-000050-000150"] == ("11", "female", "american", "fe_03_00002")
    assert of_clip["fe_03_05851-A-000160-000250"] == ("14", "male", "other", "fe_03_05851")


def test_it_is_split_by_conversation(imported: Imported) -> None:
    assert imported.report.notes[0].startswith(
        "split: by conversation; no speaker and no conversation is in two of train, dev and test"
    )


def test_transcripts_without_any_audio_say_what_to_order(tmp_path: Path) -> None:
    write_transcript(tmp_path / "LDC2004T19", "00001", "1.00 2.00 A: yeah")
    with pytest.raises(UsageError, match=r"no fe_03_NNNNN\.sph: the audio is LDC2004S13"):
        rows(tmp_path)


def test_call_data_without_its_columns_is_one_clear_line(tmp_path: Path) -> None:
    write(tmp_path / "doc/fe_03_p1_calldata.tbl", "CALL_ID,APIN", "00001,1")
    with pytest.raises(FormatError, match=r"calldata\.tbl:1: no column 'ASX\.DL'"):
        one_call(tmp_path, "1.00 2.00 A: yeah")


def test_folders_put_together_by_links(tmp_path: Path) -> None:
    write_corpus(tmp_path / "disks")
    root = tmp_path / "root"
    root.mkdir()
    for folder in (tmp_path / "disks").iterdir():
        (root / folder.name).symlink_to(folder)
    assert rows(root) == rows(tmp_path / "disks")
    assert list(find_roots(INFO, root)) == [root]
    tables = {path.name for path in matching(root, INFO.tables)}
    assert {"fe_03_00001.txt", "fe_03_p1_calldata.tbl", "fe_03_p2_calldata.tbl"} < tables


# Real speech -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Utterances of LibriSpeech, arranged as a call of Fisher."""
    target = tmp_path_factory.mktemp("fisher-like")
    return import_whole("fisher", target, test_data / "derived" / "fisher_like")


def sources(test_data: Path) -> dict[str, Path]:
    """Every utterance of LibriSpeech by the letters of its text."""
    found = {}
    for table in (test_data / "LibriSpeech").rglob("*.trans.txt"):
        for line in table.read_text().splitlines():
            name, _, text = line.partition(" ")
            found[letters(text)] = table.with_name(f"{name}.flac")
    return found


def letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalpha())


def test_each_segment_is_its_utterance_taken_through_8_khz(real: Imported, test_data: Path) -> None:
    by_text = sources(test_data)
    (rows_of_call,) = real.sets.values()
    assert len(rows_of_call) == 10
    assert Counter(row["speaker"] for row in rows_of_call) == {
        "fe_03_99901-A": 5,
        "fe_03_99901-B": 5,
    }
    for row in rows_of_call:
        clip, rate = soundfile.read(real.target / row["wav_filename"], dtype="float32")
        assert rate == 16000
        utterance, rate = soundfile.read(by_text[letters(row["transcript"])], dtype="float32")
        assert rate == 16000
        source = resample(resample(utterance, 16000, 8000), 8000, 16000)
        alignment = align(clip, source, 16000)
        assert alignment.correlation > 0.99
        assert abs(alignment.early) <= 0.01
        assert abs(alignment.late) <= 0.01
