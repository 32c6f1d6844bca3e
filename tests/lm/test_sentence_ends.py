"""Where sentences end; the rules are in lm/sentence_ends.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.sentence_ends import PARAGRAPH_LINE, split_paragraphs, split_sentences

CASES = [
    "It rains.|Dr. Who stays in.|\"Why?\" he asked.|Because.|(He was tired.)|End",
    "J. R. R. Tolkien wrote it.|It is I.|He went.|Pi is 3.14 or so.|In 1990.|The end.",
    "Wait... what?|No!|\"Yes!\"|It is 5 p.m. now, e.g. here, vs. there.",
    "Am 3. Oktober war z. B. das.|Wir gingen usw. nach Hause, d. h. H. Böll.|Ende…|Gut.",
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
