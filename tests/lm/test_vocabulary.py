"""What is said of words that are left out."""

import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from lm.alphabet_choice import AlphabetChoice
from lm.vocabulary import check_left_out
from native.sentences import WordCounts

CHOICE = AlphabetChoice(Alphabet((" ", "a", "b")), "alphabet.txt")


def said(text: str, top: int = 10) -> list[str]:
    counts = WordCounts()
    counts.add(text.encode())
    return list(check_left_out(counts.choose(CHOICE.alphabet.labels, top), CHOICE))


def test_nothing_is_said_of_nothing() -> None:
    assert said("a b ab") == []


def test_few_words_are_counted() -> None:
    assert said("a b é ab aé") == [
        "left out: 2 words (2 of all running words) with characters that the alphabet has not: "
        "'é' (U+00E9)"
    ]
    assert said("a a b ab", top=1) == [
        "left out: 2 words (2 of all running words) beyond the 1 most frequent ones (--top-words)"
    ]


def test_many_words_are_warned_of() -> None:
    assert said("a д д дa") == [
        "warning: 75.0% of the running words (3 of 4) are left out, for the alphabet "
        "(alphabet.txt) has no 'д' (U+0434). Is it that of another language?"
    ]


def test_no_word_is_an_error() -> None:
    with pytest.raises(MynaError, match=r"no word of the text .* has no 'д' \(U\+0434\)\. Is it"):
        said("д д")
