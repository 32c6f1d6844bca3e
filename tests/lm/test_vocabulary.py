from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from importers.alphabet import Alphabet
from lm.vocabulary import LeftOut, WordCounts, choose_words

WORDS = st.text("abcé", min_size=1, max_size=3)


def test_ties_are_broken_by_code_points() -> None:
    chosen = choose_words(Counter({"b": 2, "é": 2, "a": 2, "z": 3}), None, 3)
    assert chosen.words == ("z", "a", "b")
    assert (chosen.running, chosen.rare) == (7, LeftOut(1, 2))


def test_foreign_characters_come_by_how_often_they_stand_in_the_way() -> None:
    counts = Counter({"aé": 1, "üaü": 5, "aa": 2, "xü": 1})
    chosen = choose_words(counts, Alphabet(("a",)), 10)
    assert chosen.words == ("aa",)
    assert chosen.unwritable == LeftOut(3, 7)
    assert chosen.foreign == ("ü", "x", "é")


@given(st.lists(st.lists(WORDS, min_size=1).map(" ".join)), st.integers(1, 5))
def test_every_word_is_kept_or_counted_as_left_out(sentences: list[str], top: int) -> None:
    counts = WordCounts()
    counts.add(sentences)
    assert counts.running == len(" ".join(sentences).split())
    for alphabet in (None, Alphabet(("a", "b")), Alphabet(("a", "bc", "b"))):
        chosen = choose_words(counts.counts, alphabet, top)
        left_out = (chosen.unwritable, chosen.rare)
        assert len(chosen.words) + sum(one.words for one in left_out) == len(counts.counts)
        assert chosen.running + sum(one.running for one in left_out) == counts.running
        assert len(chosen.words) <= top
        assert alphabet is None or all(map(alphabet.can_encode, chosen.words))
        assert [counts.counts[word] for word in chosen.words] == sorted(
            (counts.counts[word] for word in chosen.words), reverse=True
        )
