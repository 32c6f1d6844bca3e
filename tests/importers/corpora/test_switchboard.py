"""Switchboard: ISIP's word notations, LDC's tables of callers, and a whole layout."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from importers.corpora.switchboard import INFO, normalise, read
from importers.corpus import Audio, ReadOptions, Utterance
from importers.errors import UsageError
from importers.releases import find_roots
from importers.report import Reason, Reject
from tests.importers.corpora.whole_imports import Imported, import_whole


def write(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode(encoding))
    return path


def write_side(root: Path, side: str, *lines: str, **how: str) -> None:
    """The transcript of one side; each line is ``times words``."""
    folder = root / "swb_ms98_transcriptions" / side[:2] / side[:4]
    numbered = (f"sw{side}-ms98-a-{n:04} {line}" for n, line in enumerate(lines, start=1))
    write(folder / f"sw{side}-ms98-a-trans.text", *numbered, **how)


def write_audio(path: Path, seconds: float = 4.0) -> None:
    """Two channels of mu-law noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).normal(0, 0.1, (int(8000 * seconds), 2))
    soundfile.write(path, noise, 8000, format="NIST", subtype="ULAW")


def rows(root: Path) -> list[Utterance | Reject]:
    return list(read(root, ReadOptions()))


def one_side(root: Path, *lines: str, side: str = "2001A") -> list[Utterance | Reject]:
    write_audio(root / "swb1_d1" / "data" / f"sw0{side[:4]}.sph", 0.1)
    write_side(root, side, *lines)
    return rows(root)


def speakers(root: Path) -> dict[str, str | None]:
    return {one.key[:7]: one.speaker for one in rows(root) if isinstance(one, Utterance)}


# Lines -------------------------------------------------------------------------------------------


def test_a_line_as_the_transcript_and_the_tables_tell_it(tmp_path: Path) -> None:
    write(
        tmp_path / "call_con_tab.csv",
        '2001, "A", 1020, "555-2368", 5, 320, "", "Y"',
        '2001, "B", 1044, "555-5555", 5, 320, "", "Y"',
    )
    write(
        tmp_path / "caller_tab.csv",
        '1020, 32, "N", "FEMALE", 1954, "SOUTH MIDLAND", 2, 0, "CASH", 15, "N", "", 2, "DN2"',
    )
    found = one_side(tmp_path, "0.977625 11.561375 hi um yeah i'd like to")
    extra = {"conversation": "sw2001", "gender": "female", "dialect": "south midland"}
    assert found == [
        Utterance(
            key="sw2001A-ms98-a-0001",
            audio=Audio("swb1_d1/data/sw02001.sph", 0.977625, 11.561375, 0),
            text="hi um yeah i'd like to",
            speaker="1020",
            locale="en",
            conversation="sw2001",
            extra=extra,
        )
    ]


def test_side_b_is_the_second_channel(tmp_path: Path) -> None:
    (found,) = one_side(tmp_path, "0.000000 1.000000 hi", side="2001B")
    assert isinstance(found, Utterance)
    assert found.audio.channel == 1


@pytest.mark.parametrize(
    ("side", "times"),
    [("2986A", "80.638500 83.358875"), ("2663A", "161.120250 164.213375")],
)
def test_known_bad_lines_are_rejects(tmp_path: Path, side: str, times: str) -> None:
    """DeepSpeech, bin/import_swb.py."""
    (found,) = one_side(tmp_path, f"{times} as it was published", side=side)
    assert isinstance(found, Reject)
    assert found.reason is Reason.KNOWN_BAD


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("hello", "not 'id start end words': hello"),
        (
            "sw2001A-ms98-a-0001 1.0 hello",
            "not 'id start end words': sw2001A-ms98-a-0001 1.0 hello",
        ),
        ("sw2001B-ms98-a-0001 1.0 2.0 hello", "is of sw2001B, not of sw2001A"),
        ("sw2001A-ms98-a-0001 2.0 1.0 hello", "ends at 1.0 s, before it begins"),
    ],
)
def test_lines_that_are_no_segment(tmp_path: Path, line: str, detail: str) -> None:
    write_audio(tmp_path / "sw02001.sph", 0.1)
    write(tmp_path / "sw2001A-ms98-a-trans.text", line)
    reject = Reject("sw2001A-ms98-a-trans.text:1", Reason.BAD_ROW, detail)
    assert rows(tmp_path) == [reject]


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Kaldi, egs/swbd/s5c/local/swbd1_map_words.pl and swbd1_data_prep.sh.
        ("[silence]", ""),
        ("[noise] [silence]", ""),
        ("[vocalized-noise] well [laughter]", "well"),
        ("<b_aside> just a minute <e_aside>", "just a minute"),
        ("a [laughter-story]", "a story"),
        ("[laughter-ab[solute]-]", "ab"),
        ("[laughter-th[at]-] -[laughter-y]", "th y"),
        ("[it'n/isn't] it", "it'n it"),
        ("[lem[guini]-/linguini]", "lem"),
        ("-[an]y more", "y more"),
        ("[an]y", "y"),
        ("ab[solute]- ab[solute]", "ab ab"),
        ("-[a]b[out]-", "b"),
        ("ammu[n]it-", "ammuit"),
        ("ex[specially]-/especially]", "ex"),
        ("{yuppiedom} {wolmanized}", "yuppiedom wolmanized"),
        ("them_1 to_1's", "them to's"),
        ("uh-huh um-hum", "uh-huh um-hum"),
        ("YES [LAUGHTER-YES]", "yes yes"),
        ("at&t", "at and t"),
        ("-[40]1k", "1k"),
        ("", ""),
    ],
)
def test_words(text: str, words: str) -> None:
    assert normalise(text) == words


WORD = st.from_regex("[a-z]+('[a-z]+)?", fullmatch=True)
SOUND = st.sampled_from(["[silence]", "[noise]", "[vocalized-noise]", "[laughter]", "<b_aside>"])


@given(st.lists(st.tuples(st.booleans(), WORD, SOUND)))
def test_sounds_between_words_leave_the_words(tokens: list[tuple[bool, str, str]]) -> None:
    text = " ".join(sound if is_sound else word for is_sound, word, sound in tokens)
    assert normalise(text) == " ".join(word for is_sound, word, _ in tokens if not is_sound)


@given(st.text(st.sampled_from("ab1_-/[]{}()<>.' \u00e9\u2028")))
def test_any_text_comes_to_words_with_one_space_between(text: str) -> None:
    words = normalise(text)
    assert words == " ".join(words.split())


# Speakers ----------------------------------------------------------------------------------------


def test_without_tables_each_side_is_a_speaker_of_its_own(tmp_path: Path) -> None:
    one_side(tmp_path, "0.0 1.0 hi")
    one_side(tmp_path, "0.0 1.0 hi", side="2001B")
    assert speakers(tmp_path) == {"sw2001A": "sw2001A", "sw2001B": "sw2001B"}


@pytest.mark.parametrize("name", ["conv_tab.csv", "conv.tab"])
def test_the_table_of_conversations_names_both_speakers(tmp_path: Path, name: str) -> None:
    one_side(tmp_path, "0.0 1.0 hi")
    one_side(tmp_path, "0.0 1.0 hi", side="2001B")
    write(tmp_path / "doc" / name, '2001, 320, 1020, 1044, "", 910304, 1503')
    assert speakers(tmp_path) == {"sw2001A": "1020", "sw2001B": "1044"}


def test_the_table_that_names_the_sides_counts(tmp_path: Path) -> None:
    one_side(tmp_path, "0.0 1.0 hi")
    one_side(tmp_path, "0.0 1.0 hi", side="2001B")
    write(tmp_path / "conv_tab.csv", "2001, 320, 1020, 1044")
    write(tmp_path / "call_con_tab.csv", '2001, "A", 1055', '2001, "B", UNK')
    assert speakers(tmp_path) == {"sw2001A": "1055", "sw2001B": "sw2001B"}


# A whole corpus ----------------------------------------------------------------------------------


def write_corpus(root: Path) -> None:
    """The four disks, the transcripts, two of the tables, and everything that can be wrong."""
    write_side(
        root, "2001A",
        "0.000000 0.977625 [silence]", "0.977625 1.961375 hi um yeah", "2.0 2.5",
        "2.5 3.0 [laughter] [noise]", "3.0 3.5 my 401 [silence]",
    )  # fmt: skip
    write_side(root, "2001B", "0.0 1.5 well [laughter-hello] <b_aside>", "1.5 3.0 yes", end="\r\n")
    write_side(root, "2005A", "0.5 1.5 caf\xe9", "1.5 2.5 coffee", encoding="latin-1")
    write_side(root, "2006A", "0.5 1.5 there is no audio")
    folder = root / "swb_ms98_transcriptions" / "20" / "2007"
    line = "sw2007A-ms98-a-0001 0.5 1.5 twice"
    write(folder / "sw2007A-ms98-a-trans.text", line, line, "broken")
    write(folder / "sw2007A-ms98-a-word.text", "sw2007A-ms98-a-0001 0.5 1.5 twice")
    write(root / "swb_ms98_transcriptions" / "sw-ms98-dict.text", "a ax")
    write(
        root / "docs" / "call_con_tab.csv",
        '2001, "A", 1020, "", 5', '2001, "B", 1044, "", 5', '2005, "A", 1044, "", 5', "junk",
    )  # fmt: skip
    write(root / "docs" / "caller_tab.csv", '1044, 1, "N", "MALE", 1960, "NYC", 2', "1045, 2")
    write_audio(root / "swb1_d1" / "data" / "sw02001.sph")
    write_audio(root / "disc 2" / "SW02005.SPH")
    write_audio(root / "swb1_d3" / "data" / "sw2007.sph")
    write_audio(root / "swb1_d4" / "data" / "sw04999.sph")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    root = tmp_path_factory.mktemp("switchboard")
    write_corpus(root)
    assert list(find_roots(INFO, root)) == [root]
    return import_whole("switchboard", tmp_path_factory.mktemp("target"), root)


def test_everything_read_is_imported_or_rejected(imported: Imported) -> None:
    assert imported.rejects == [
        ("call_con_tab.csv:4", "bad_row"),
        ("caller_tab.csv:2", "bad_row"),
        ("sw2001A-ms98-a-0001", "empty_text"),
        ("sw2001A-ms98-a-0003", "empty_text"),
        ("sw2001A-ms98-a-0004", "empty_text"),
        ("sw2001A-ms98-a-0005", "digits"),
        ("sw2005A-ms98-a-trans.text:1", "bad_row"),
        ("sw2006A-ms98-a-0001", "missing_audio"),
        ("sw2007A-ms98-a-0001", "duplicate"),
        ("sw2007A-ms98-a-trans.text:3", "bad_row"),
        ("sw4999", "no_transcript"),
    ]
    assert imported.transcripts == {
        "sw2001A-ms98-a-0002": "hi um yeah",
        "sw2001B-ms98-a-0001": "well hello",
        "sw2001B-ms98-a-0002": "yes",
        "sw2005A-ms98-a-0002": "coffee",
        "sw2007A-ms98-a-0001": "twice",
    }
    assert (imported.report.read, imported.report.imported) == (16, 5)
    assert imported.report.speakers == 3


def test_it_is_split_by_conversation(imported: Imported) -> None:
    assert imported.report.notes[0].startswith(
        "split: by conversation; no speaker and no conversation is in two of train, dev and test"
    )


def test_transcripts_without_any_audio_say_what_to_order(tmp_path: Path) -> None:
    write_side(tmp_path, "2001A", "0.0 1.0 hi")
    with pytest.raises(UsageError, match=r"no sw0NNNN\.sph: the audio is LDC97S62"):
        rows(tmp_path)
