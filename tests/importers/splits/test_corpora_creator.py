"""The rule ``corpora-creator``: a table worked by hand, and a slow twin that follows the words."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.clips import ClipRow, read_clips
from importers.splits.corpora_creator import CorporaCreatorClips, cleaned
from importers.splits.sizes import split_sizes
from tests.importers.splits.random_clips import names

Row = tuple[str | None, str, str]  # client, sentence, path


def split(rows: list[Row], copies: int = 1) -> list[str | None]:
    clips = CorporaCreatorClips()
    for client, sentence, path in rows:
        clips.append(client, sentence, path)
    return names(clips.split(copies))


HAND: list[tuple[str, str, str, str | None]] = [
    # Speakers by their number of clips: bea 1, cid 1, dot 2, eve 3, abe 7. Of 14 clips 10 are kept,
    # so dev and test are 3 clips at most; train takes what does not fit.
    ("abe", "One.", "01.mp3", None),  # bea has said it
    ("abe", "Two.", "02.mp3", "train"),
    ("abe", "Three.", "03.mp3", "train"),
    ("abe", "Four.", "04.mp3", "train"),
    ("abe", "four.", "05.mp3", "train"),  # another sentence: case counts
    ("abe", "Five.", "06.mp3", None),  # eve has said it
    ("abe", "Nine.", "14.mp3", "train"),
    ("bea", "One.", "07.mp3", "test"),  # first of all, and fits
    ("cid", "Six.", "08.mp3", "test"),  # the second clip of test
    ("dot", "Seven.", "09.mp3", "dev"),  # two clips do not fit into test any more
    ("dot", "Eight.", "10.mp3", "dev"),
    ("eve", "Five.", "12.mp3", None),  # eve herself has said it in 11.mp3
    ("eve", "Five.", "11.mp3", "test"),  # all that is kept of eve, and test has room for it
    ("eve", "Six.", "13.mp3", None),  # cid has said it
]


def test_a_table_worked_by_hand() -> None:
    rows: list[Row] = [row[:3] for row in HAND]
    assert split(rows) == [row[3] for row in HAND]
    assert split(rows[::-1]) == [row[3] for row in HAND[::-1]]


def test_two_clips_of_a_sentence() -> None:
    """13 are kept, all but the third of "Five.": dev and test are 4 clips at most."""
    by_speaker = {"bea": "test", "cid": "test", "dot": "test", "eve": "dev", "abe": "train"}
    rows: list[Row] = [row[:3] for row in HAND]
    assert split(rows, copies=2) == [
        None if path == "06.mp3" else by_speaker[client] for client, _, path, _ in HAND
    ]


def test_ties_are_told_by_speaker_then_path() -> None:
    rows: list[Row] = [
        ("b", "Same.", "1.mp3"),
        ("a", "Same.", "3.mp3"),
        ("a", "Else.", "4.mp3"),
        ("b", "More.", "2.mp3"),
        ("a", "Same.", "2.mp3"),
        ("b", "Most.", "5.mp3"),
    ]
    kept = [one is not None for one in split(rows)]
    assert kept == [False, False, True, True, True, True]


def test_digits_and_blank_sentences_are_in_no_split_and_count_for_nobody() -> None:
    rows: list[Row] = [(f"speaker {n:02}", f"Sentence {'x' * n}.", f"{n}.mp3") for n in range(10)]
    odd: list[Row] = [
        ("speaker 00", "Route 66.", "a.mp3"),
        ("speaker 00", "Route %36%36.", "b.mp3"),
        ("speaker 00", " <b></b> ", "c.mp3"),
    ]
    assert split(rows + odd) == [*split(rows), None, None, None]


def test_a_small_late_speaker_still_fits_into_test() -> None:
    """First fit: kept clips may be far fewer than the clips that a speaker is sorted by."""
    rows: list[Row] = [("few", f"{'x' * n}.", f"0{n}.mp3") for n in range(1, 3)]
    rows += [("some", f"{'y' * n}.", f"1{n}.mp3") for n in range(1, 4)]
    rows += [("many", f"{'x' * n}.", f"2{n}.mp3") for n in range(1, 3)]  # as few has said
    rows += [("many", "z.", "30.mp3"), ("many", "x.", "31.mp3")]
    rows += [("most", f"{'w' * n}.", f"4{n}.mp3") for n in range(1, 6)]
    assert split_sizes(11) == (4, 3, 3)
    assert Counter(
        (client, one) for (client, _, _), one in zip(rows, split(rows), strict=True) if one
    ) == {("few", "test"): 2, ("some", "dev"): 3, ("many", "test"): 1, ("most", "train"): 5}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  a   b ", "a b"),
        ("a\u00a0b\u3000c", "a b c"),
        ("a\tb\u200bc\u2028d", "abcd"),
        ("rock %26amp; roll", "rock & roll"),
        ("<b>bold</b> 1 < 2", "bold 1 < 2"),
        ("&lt;b&gt; 50%", "<b> 50%"),
        ("Ärger, „ja“!", "Ärger, „ja“!"),
        ("\n", ""),
    ],
)
def test_cleaned(raw: str, text: str) -> None:
    assert cleaned(raw) == text


def plainly(rows: list[Row], copies: int) -> list[str | None]:
    """The rule as facts tell it, with lists alone."""
    count = Counter(client for client, _, _ in rows)
    ordered = sorted(range(len(rows)), key=lambda n: (count[rows[n][0]], rows[n][0], rows[n][2]))
    kept: list[int] = []
    for number in ordered:
        if sum(rows[one][1] == rows[number][1] for one in kept) < copies:
            kept.append(number)
    _, dev_size, test_size = split_sizes(len(kept))
    test: list[int] = []
    dev: list[int] = []
    for client in dict.fromkeys(rows[number][0] for number in kept):
        own = [number for number in kept if rows[number][0] == client]
        if len(test) + len(own) <= test_size:
            test += own
        elif len(dev) + len(own) <= dev_size:
            dev += own
    return [
        "test" if n in test else "dev" if n in dev else "train" if n in kept else None
        for n in range(len(rows))
    ]


@given(
    st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("klmnopqrstuvwxyz"))),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_the_same_as_plain_lists(
    pairs: list[tuple[str, str]], copies: int, dice: random.Random
) -> None:
    rows: list[Row] = [(*pair, f"{n:03}.mp3") for n, pair in enumerate(pairs)]
    dice.shuffle(rows)
    assert split(rows, copies) == plainly(rows, copies)


@pytest.mark.parametrize(
    ("table", "sizes"),
    [
        ("th_v8_rows.shared.tsv", {"train": 184, "dev": 180, "test": 181}),
        ("artie-bias-corpus.shared.tsv", {"train": 292, "dev": 282, "test": 284}),
    ],
)
def test_real_tables(test_data: Path, table: str, sizes: dict[str, int]) -> None:
    """Rows of real people: the same as plain lists, with nothing shared."""
    found = list(read_clips(test_data / "common_voice_tsv_only" / table))
    rows: list[Row] = [
        (row.client_id, cleaned(row.sentence), row.path)
        for row in found
        if isinstance(row, ClipRow) and not re.search(r"\d", row.sentence)
    ]
    splits = split(rows)
    assert splits == plainly(rows, 1)
    assert {name: splits.count(name) for name in sizes} == sizes


def test_without_speakers_each_sentence_stands_for_one() -> None:
    rows: list[Row] = [(None, "x" * (n % 20 + 1), f"{n:03}.mp3") for n in range(60)]
    once = split(rows)
    assert None not in once[:20]
    assert set(once[20:]) == {None}
    assert {name: once.count(name) for name in ("train", "dev", "test")} == {
        "train": 8, "dev": 6, "test": 6,
    }  # fmt: skip
    twice = split(rows, copies=2)
    by_sentence = {(row[1], one) for row, one in zip(rows, twice, strict=True) if one}
    assert len(by_sentence) == 20
    assert sum(one is not None for one in twice) == 40


def test_no_clips() -> None:
    assert split([]) == []
