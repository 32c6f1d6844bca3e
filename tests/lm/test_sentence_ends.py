"""Where sentences end; the rules are in lm/sentence_ends.py."""

from itertools import repeat

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lm import sentence_ends
from lm.sentence_ends import (
    LONGEST_SENTENCE,
    PARAGRAPH_LINE,
    split_paragraphs,
    split_sentences,
)

CASES = [
    "It rains.|Dr. Who stays in.|\"Why?\" he asked.|Because.|(He was tired.)|End",
    "J. R. R. Tolkien wrote it.|It is I.|He went.|Pi is 3.14 or so.|In 1990.|The end.",
    "Wait... what?|No!|\"Yes!\"|It is 5 p.m. now, e.g. here, vs. there.",
    "Am 3. Oktober war z. B. das.|Wir gingen usw. nach Hause, d. h. H. Böll.|Ende…|Gut.",
    "Il a dit : « Non ! »",
    "M. Dupont est là.|Mme. Curie aussi.|« Non ! »|Il part.",
    "Er ging.|»Ja!«|Gut",
    "Saat 5. katta bkz. Şekil.|İyi.|Ne?",
    "В г. Москве и т. д. было.|Ул. Ленина.|Да!|И т. п. тоже.|Это я.|Он",
    "雨だ。|「そう！」|と言った。|終わり",
    "下雨了。|你好吗？|好！|走吧",
    "यह है।|वह है॥|हाँ?|ठीक",
    "هل هذا؟|نعم.|یہ ہے۔|وہ",
    "ሰላም።|እንዴት",
    "Երևան։|Այո",
    "He said no.|Dank u.|C'est l'art.|Is it I?|Yes, etc.|End",
    "no stop at all",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_sentences_end_where_readers_end_them(case: str) -> None:
    expected = case.split("|")
    unspaced = "。" in case or "！" in case
    assert list(split_sentences(("" if unspaced else " ").join(expected))) == expected


def test_lines_are_joined_within_paragraphs() -> None:
    lines = [
        "A sentence that",
        "goes on. And",
        "",
        "another",
        "one",
        " ",
        "下雨",
        "了。好",
        "ด",
        "a",
    ]
    assert list(split_paragraphs(lines)) == [
        "A sentence that goes on.",
        "And",
        "another one",
        "下雨了。",
        "好ด a",
    ]


def test_long_lines_and_bullets_are_paragraphs_of_their_own() -> None:
    long = "word " * (PARAGRAPH_LINE // 5) + "end"
    lines = ["Title", long, "Next", "title", long, "- one", "* two", "goes on", "3) three"]
    assert list(split_paragraphs(lines)) == [
        "Title", long, "Next title", long, "- one", "* two goes on", "3) three",
    ]  # fmt: skip


@given(st.text("aB. !?。」\"'5é…", max_size=60))
def test_nothing_is_lost_but_spaces(text: str) -> None:
    sentences = list(split_sentences(text))
    assert "".join(sentences).replace(" ", "") == text.replace(" ", "")
    assert all(sentence == sentence.strip() != "" for sentence in sentences)


LINE = st.text("aB. !?。」»'5é…i雨", max_size=12) | st.sampled_from(
    ["", "Mr.", "z. B.", "« Non ! »"]
)


@given(st.lists(LINE, max_size=30), st.integers(1, 20))
@example(["a.", "b", "Mr.", "» b. C", "雨。", "」と", "d"], 1)
def test_sentences_are_the_same_however_soon_they_are_looked_for(
    lines: list[str], look: int
) -> None:
    whole = list(split_paragraphs(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentence_ends, "_LOOK", look)
        assert list(split_paragraphs(lines)) == whole


def test_a_paragraph_need_not_end() -> None:
    line = "one more line of it. And"
    sentences = split_paragraphs(repeat(line))
    assert [next(sentences) for _ in range(3)] == [
        "one more line of it.",
        "And one more line of it.",
        "And one more line of it.",
    ]
    many = list(split_paragraphs([line] * 200_000))
    assert (len(many), many[-1]) == (200_001, "And")


def test_where_there_are_no_stops_lines_end_sentences_at_last() -> None:
    lines = ["a line without any stop"] * 200_000
    sentences = list(split_paragraphs(lines))
    assert " ".join(sentences) == " ".join(lines)
    assert LONGEST_SENTENCE < len(sentences[0]) <= 2 * LONGEST_SENTENCE
