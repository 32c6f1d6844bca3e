"""STM files: NIST's own, those of TED-LIUM's kind, and lines that are none."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.stm import StmSegment, read_stm, spoken_words
from importers.tables import BadRow

FIELD = st.text("abcXYZ019_-", min_size=1, max_size=8)
OUT_OF_BOUNDS = (59, 63, 64)
"""Lines of lvc_refe.stm; the last has lost the underscores, and so its meaning."""
WORDS = st.lists(st.text("abz'<>@(){}/é", min_size=1, max_size=6), max_size=6)


def stm(folder: Path, content: str | bytes) -> Path:
    path = folder / "talk.stm"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(folder: Path, content: str | bytes) -> StmSegment | BadRow:
    (row,) = read_stm(stm(folder, content))
    return row


def segments(path: Path) -> list[StmSegment]:
    rows = list(read_stm(path))
    assert [row for row in rows if isinstance(row, BadRow)] == []
    return [row for row in rows if isinstance(row, StmSegment)]


# Real files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lines", "sides"),
    [
        # Of 72 lines, 11 are comments; of 66, 5; of 11, 5.
        ("lvc_ref.stm", 61, {"2347-a": 16, "2347-b": 20, "3129-a": 5, "3129-b": 20}),
        ("lvc_refe.stm", 61, {"2347-a": 16, "2347-b": 20, "3129-a": 5, "3129-b": 20}),
        ("lvc_refm.stm", 6, {"2347-a": 5, "2347-b": 1}),
    ],
)
def test_switchboard_calls_of_sctk_parse_completely(
    test_data: Path, name: str, lines: int, sides: dict[str, int]
) -> None:
    found = segments(test_data / "sctk" / name)
    assert len(found) == lines
    assert Counter(one.speaker for one in found) == sides
    assert all(one.speaker == f"{one.recording}-{one.channel}" for one in found)
    assert len({one.key for one in found}) == lines
    assert [one.line for one in found if not one.labels] == ([12] if lines > 6 else [])
    out_of_bounds = [one.line for one in found if one.is_ignored]
    assert out_of_bounds == ([59, 63] if name == "lvc_refe.stm" else [])


def test_what_sctk_marks_as_having_alternations_has_them(test_data: Path) -> None:
    for one in segments(test_data / "sctk" / "lvc_refe.stm"):
        if one.labels and one.line not in OUT_OF_BOUNDS:
            assert one.labels[0] == "O"
            assert ("{" in one.text) == (one.labels[1] == "WA")
        words = spoken_words(one.text).split()
        assert not set(words) & {"{", "}", "/", "@"}
        assert set(words) <= set(one.text.replace("\\;", ";").split())


def test_tags_of_words_are_no_words(test_data: Path) -> None:
    """One file of SCTK is another with tags on its words (``i've;tag1``)."""
    tagged = segments(test_data / "sctk" / "lvc_ref.stm")
    plain = segments(test_data / "sctk" / "lvc_refe.stm")
    assert tagged[0].text.startswith("i've;tag1 { um;tag1; / uh;;tag2 } a\\;s;tag1 far")
    assert spoken_words(tagged[0].text) == "i've um a;s far as i'm concerned"
    for one, other in zip(tagged, plain, strict=True):
        if other.line not in OUT_OF_BOUNDS:
            assert spoken_words(one.text) == spoken_words(other.text)


def test_a_talk_in_the_manner_of_ted_lium(test_data: Path) -> None:
    found = segments(test_data / "derived" / "tedlium_like" / "stm" / "Libri1998_15444.stm")
    assert [one.is_gap for one in found] == [True, False] * 6
    assert [one.is_ignored for one in found] == [True, False] * 6
    assert found[0].labels == ("o", "", "unknown")
    assert (found[1].start, found[1].end, found[1].labels) == (1.10, 14.41, ("o", "f0", "female"))
    assert found[1].key == "Libri1998_15444-1-000110-001441"
    assert "to save the patient 's life" in found[1].text


# Lines -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "labels", "text"),
    [
        # NIST's doc/infmts.htm
        ("2345 A 2345-a 0.10 2.03 uh huh yes i thought", (), "uh huh yes i thought"),
        ("2345 A 2345-a 0.10 2.03 <O,F,00> FROM LOS ANGELES", ("O", "F", "00"), "FROM LOS ANGELES"),
        # TED-LIUM: release 2, the dev set of release 1, a label that is missing, and no words
        ("2345\tA 2345-a  0.1\t2.030 <o,f0,male>  so i", ("o", "f0", "male"), "so i"),
        ("2345 A 2345-a .1 2.03 <F0_M> so", ("F0_M",), "so"),
        ("2345 A 2345-a .1 2.03 <sil> so <o,f0,male>", (), "<sil> so <o,f0,male>"),
        ("2345 A 2345-a .1 2.03 <o,f0,male>", ("o", "f0", "male"), ""),
        ("2345 A 2345-a .1 2.03", (), ""),
        ("2345 A 2345-a .1 2.03 <unk>", (), "<unk>"),
    ],
)
def test_labels_may_be_missing(
    tmp_path: Path, line: str, labels: tuple[str, ...], text: str
) -> None:
    expected = StmSegment(1, "2345", "A", "2345-a", 0.1, 2.03, labels, text)
    assert only(tmp_path, line + "\n") == expected
    assert only(tmp_path, line + " \r\n") == expected
    assert only(tmp_path, "\ufeff" + line) == expected


def test_comments_and_blank_lines_say_nothing(tmp_path: Path) -> None:
    content = ';; LABEL "o" "Overall" "x"\r\n;;\n\n   \n  ;; a A b 1 2 c\na A b 1 2 c ;; d\n'
    assert only(tmp_path, content) == StmSegment(6, "a", "A", "b", 1, 2, (), "c ;; d")


def test_files_in_latin_1_and_lines_in_utf_8(tmp_path: Path) -> None:
    first, second = "a A b 1 2 caf\xe9\xa0noir", "a A b 2 3 café"
    path = stm(tmp_path, first.encode("latin-1") + b"\n" + second.encode() + b"\n")
    assert [one.text for one in segments(path)] == ["café\xa0noir", "café"]


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("a A b 1", "4 fields where a segment has 5 and its words"),
        ("lonely", "1 fields where a segment has 5 and its words"),
        ("a A b one 2 c", "'one' is no time in seconds"),
        ("a A b 1 2s c", "'2s' is no time in seconds"),
        ("a A b -1 2 c", "'-1' is no time in seconds"),
        ("a A b nan 2 c", "'nan' is no time in seconds"),
        ("a A b 1 1e9 c", "'1e9' is no time in seconds"),
        ("a A b 1 ٣ c", "'٣' is no time in seconds"),
        ("a A b 1 . c", "'.' is no time in seconds"),
        ("a A b 2 1 c", "it ends at 1 s, and begins at 2 s"),
        ("a A b 2 2.00 c", "it ends at 2.00 s, and begins at 2 s"),
        ("a A b 1 2 { um / uh", "the { and } of its alternations do not match"),
        ("a A b 1 2 um / uh } {", "the { and } of its alternations do not match"),
    ],
)
def test_lines_that_are_no_segments_are_told_with_their_number(
    tmp_path: Path, line: str, detail: str
) -> None:
    assert only(tmp_path, f";;\n{line}\n") == BadRow(2, detail)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_to_the_end(tmp_path_factory: pytest.TempPathFactory, b: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.stm"
    path.write_bytes(b)
    for row in read_stm(path):
        if isinstance(row, StmSegment):
            assert 0 <= row.start < row.end
            assert row.key
            spoken_words(row.text)


@given(
    FIELD, FIELD, FIELD, st.integers(0, 10**6), st.integers(1, 10**6), st.booleans(), WORDS,
)  # fmt: skip
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    recording: str,
    channel: str,
    speaker: str,
    start: int,
    length: int,
    labelled: bool,
    words: list[str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.stm"
    text = " ".join(word for word in words if word not in "{}")
    times = f"{start / 100:.2f} {(start + length) / 100:.2f}"
    label = "<o,f0,male> " if labelled else "x "
    path.write_text(f"{recording} {channel} {speaker} {times} {label}{text}\n", encoding="utf-8")
    (row,) = read_stm(path)
    assert isinstance(row, StmSegment)
    assert (row.recording, row.channel, row.speaker) == (recording, channel, speaker)
    assert row.key == f"{recording}-{channel}-{start:06d}-{start + length:06d}"
    assert row.labels == (("o", "f0", "male") if labelled else ())
    assert row.text == (text if labelled else f"x {text}".rstrip())


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # NIST's doc/infmts.htm: its example, and its grammar (alternations in alternations)
        ("i've { um / uh / @ } as far  as i'm concerned", "i've um as far as i'm concerned"),
        ("more { @ / -a } and", "more and"),
        ("{ { a / b } c / { d / e } / f } g", "a c g"),
        ("x { a / { b / c } d } { m g / m_g } y", "x a m g y"),
        ("and / or @ so", "and / or so"),
        ("", ""),
        # doc/options.htm and the mapping file en20030506.glm
        ("(but) she (%hesitation) (%HESITATION) had %uh (th-) %bcack", "but she had uh th-"),
        # SCTK's src/sclite/testdata/lvc_ref.stm
        ("a\\;s;tag1 far;t1;t2 ;t", "a;s far"),
        # No STM: the braces do not match
        ("{ a / b", "{ a / b"),
        ("a } b", "a } b"),
    ],
)
def test_one_way_to_read_a_transcript(text: str, words: str) -> None:
    assert spoken_words(text) == words
