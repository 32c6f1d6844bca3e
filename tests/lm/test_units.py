"""Sentences as words and as characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.alphabet import Alphabet
from lm.units import SPACE, Units, words_in


def test_words_stay_as_they_are() -> None:
    assert Units().tokens(b"to be\nor\n") == b"to be\nor\n"
    assert Units().spellings(b"to be\nor\n") == b"to be\nor\n"


@pytest.mark.parametrize(
    ("sentences", "tokens", "spellings"),
    [
        ("", "", ""),
        ("a\n", "a\n", "a\n"),
        ("to be\nor\n", "t o <space> b e\no r\n", "t o b e\no r\n"),
        ("在 组织\n", "在 <space> 组 织\n", "在 组 织\n"),
        ("é e\u0301x\n", "é <space> e \u0301 x\n", "é e \u0301 x\n"),
        ("a b c\nd e\n", "a <space> b <space> c\nd <space> e\n", "a b c\nd e\n"),
    ],
)
def test_a_character_is_a_code_point(sentences: str, tokens: str, spellings: str) -> None:
    units = Units("character")
    assert units.tokens(sentences.encode()) == tokens.encode()
    assert units.spellings(tokens.encode()) == spellings.encode()


def test_a_label_of_several_code_points_is_one_character() -> None:
    units = Units("character", Alphabet((" ", "x\u030c", "c", "h", "ch", "e")))
    assert units.tokens("che x\u030cc\n".encode()) == "ch e <space> x\u030c c\n".encode()


def test_a_space_without_a_label_is_left_out() -> None:
    units = Units("character", Alphabet(("我", "们")))
    assert units.tokens("我 们\n们\n".encode()) == "我 们\n们\n".encode()
    assert units.space_label is None
    for alphabet in (Alphabet.of_bytes(), Alphabet(("a", "b", "|"))):
        assert Units("character", alphabet).tokens(b"a b\n") == b"a <space> b\n"


@pytest.mark.parametrize(
    ("labels", "space"), [(("|", " "), " "), (("a", "|"), "|"), (("a",), None)]
)
def test_the_space_may_be_a_bar(labels: tuple[str, ...], space: str | None) -> None:
    assert Units("word", Alphabet(labels)).space_label == space


WORD = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1)


@given(st.lists(st.lists(WORD, min_size=1), min_size=1))
def test_nothing_is_lost(sentences: list[list[str]]) -> None:
    text = "".join(" ".join(words) + "\n" for words in sentences)
    tokens = Units("character").tokens(text.encode()).decode()
    assert tokens.endswith("\n")
    lines = tokens.removesuffix("\n").split("\n")
    back = [
        "".join(" " if token == SPACE else token for token in line.split(" ")) for line in lines
    ]
    assert back == [" ".join(words) for words in sentences]
    assert words_in(text.encode()) == sum(map(len, sentences))


@pytest.mark.parametrize(
    ("alphabet", "letters"),
    [
        (None, None),
        (Alphabet.of_bytes(), None),
        (Alphabet(("a", " ", "b")), ("a", "b")),
        (Alphabet(("|", "a", "'")), ("a", "'")),
        (Alphabet(("|", " ", "a")), ("|", "a")),
        (Alphabet(("|",)), (" ",)),
    ],
)
def test_the_label_of_the_space_is_no_letter(
    alphabet: Alphabet | None, letters: tuple[str, ...] | None
) -> None:
    assert Units("word", alphabet).letters == Units("character", alphabet).letters == letters
