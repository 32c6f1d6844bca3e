"""For any words and labels: the tree has those spellings and no others, its maxima are right."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native.lexicon import BYTE_LABELS, Lexicon, build_lexicon
from native.spelling import SpelledWord
from tests.native.kenlm_models import estimate_model
from tests.native.lexicon_files import NO_WORD, Header, Node, nodes_of, words_of
from tests.native.search_cases import KenlmModel

LETTERS = "abcde"
ALPHABETS: Mapping[str, Sequence[str]] = {
    "letters": [" ", *LETTERS],
    "separator": ["d", "|", "a", "c", "b", "e"],
    "digraphs": ["ab", "a", "b", " ", "cab", "c", "d", "e", "de"],
    "many": [*LETTERS, *(chr(0x4E00 + n) for n in range(60)), " "],
    "thousands": [*(chr(0x4E00 + n) for n in range(5000)), " ", *LETTERS],
    "bytes": BYTE_LABELS,
}
KNOWN = ["a", "ab", "b", "cab", "dead", "bed", "e", "abcde"]
"""Words that the language model has, with different probabilities."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a lexicon is built of, and what must be in it."""

    labels: Sequence[str]
    separator: str
    alone: Sequence[str]
    spelled: Sequence[SpelledWord]

    def all(self) -> list[str | SpelledWord]:
        return [*self.alone, *self.spelled]

    def texts(self) -> set[str]:
        return {*self.alone, *(text for text, _ in self.spelled)}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sentences = [" ".join(KNOWN[: 1 + n % len(KNOWN)]) for n in range(20)]
    return estimate_model(sentences, tmp_path_factory.mktemp("lm") / "lm.binary", order=2)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lexicon") / "trie"


@st.composite
def words(draw: st.DrawFn) -> Words:
    labels = ALPHABETS[draw(st.sampled_from(sorted(ALPHABETS)))]
    separator = "|" if "|" in labels else " "
    spelling = st.lists(
        st.sampled_from([label for label in labels[:6] if label != separator]),
        min_size=1,
        max_size=5,
    )
    text = st.one_of(st.sampled_from(KNOWN), st.text(LETTERS, min_size=1, max_size=6))
    alone = draw(st.lists(text, max_size=12))
    spelled = draw(st.lists(st.tuples(text, spelling), min_size=0 if alone else 1, max_size=8))
    return Words(labels, separator, alone, spelled)


def greedy_spelling(word: str, labels: Sequence[str]) -> tuple[str, ...]:
    """With the longest label that fits at each place."""
    longest = max(map(len, labels))
    spelling: list[str] = []
    rest = word
    while rest:
        size = next(size for size in range(longest, 0, -1) if rest[:size] in labels)
        spelling.append(rest[:size])
        rest = rest[size:]
    return tuple(spelling)


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree in a file, walked by Python."""

    labels: Sequence[str]
    nodes: Sequence[Node]
    words: Sequence[tuple[bytes, int, bool]]

    @classmethod
    def of(cls, content: bytes, labels: Sequence[str]) -> "Tree":
        return cls(labels, nodes_of(content), words_of(content))

    def children(self, number: int) -> range:
        node = self.nodes[number]
        masked = len(self.labels) <= 32
        count = node.children.bit_count() if masked else node.children
        return range(node.first_child, node.first_child + count)

    def walk(
        self, number: int = 0, way: tuple[str, ...] = ()
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(node, the labels on the way to it) of every node."""
        yield number, way
        for child in self.children(number):
            yield from self.walk(child, (*way, self.labels[self.nodes[child].label]))

    def words_at(self, number: int) -> list[tuple[str, int]]:
        """(text, the model's number) of each word that ends there."""
        word = self.nodes[number].word
        found = []
        while word != NO_WORD:
            text, model_word, is_last = self.words[word]
            found.append((text.decode(), model_word))
            word = NO_WORD if is_last else word + 1
        return found


@settings(max_examples=150, deadline=None)
@given(built=words())
def test_the_tree_has_these_spellings_and_no_others(model: Path, path: Path, built: Words) -> None:
    build_lexicon(built.all(), built.labels, model, path, separator=built.separator)
    expected = defaultdict(set)
    for text in built.alone:
        expected[greedy_spelling(text, built.labels)].add(text)
    for text, spelling in built.spelled:
        expected[tuple(spelling)].add(text)
    tree = Tree.of(path.read_bytes(), built.labels)
    places = dict(tree.walk())
    assert sorted(places) == list(range(len(tree.nodes)))
    found = {way: [text for text, _ in tree.words_at(at)] for at, way in places.items()}
    assert {way: texts for way, texts in found.items() if texts} == {
        way: sorted(texts) for way, texts in expected.items()
    }
    prefixes = {way[:end] for way in expected for end in range(len(way) + 1)}
    assert set(places.values()) == prefixes
    number = {label: n for n, label in enumerate(built.labels)}
    assert sorted(places, key=lambda at: (len(places[at]), [*map(number.get, places[at])])) == list(
        range(len(tree.nodes))
    )  # breadth first, siblings by their labels' numbers
    lexicon = Lexicon(path)
    assert lexicon.words == len(built.texts())
    assert lexicon.vocabulary() == sorted(built.texts())
    assert lexicon.spellings() == sorted(
        ((text, way) for way, texts in expected.items() for text in texts),
        key=lambda entry: ([number[label] for label in entry[1]], entry[0]),
    )


@settings(max_examples=150, deadline=None)
@given(built=words(), others=st.lists(st.text("abcde |x\0é", max_size=6), max_size=20))
def test_a_word_is_in_the_lexicon_if_it_was_put_there(
    model: Path, path: Path, built: Words, others: list[str]
) -> None:
    build_lexicon(built.all(), built.labels, model, path, separator=built.separator)
    lexicon = Lexicon(path)
    for word in [*built.texts(), *KNOWN, *others]:
        assert (word in lexicon) == (word in built.texts())


@settings(max_examples=150, deadline=None)
@given(built=words())
def test_each_node_knows_its_best_word(model: Path, path: Path, built: Words) -> None:
    build_lexicon(built.all(), built.labels, model, path, separator=built.separator)
    oracle = KenlmModel(model)
    tree = Tree.of(path.read_bytes(), built.labels)

    def best(number: int) -> float:
        scores = [oracle.unigram(text) for text, _ in tree.words_at(number)]
        highest = max([*scores, *map(best, tree.children(number))])
        assert tree.nodes[number].look_ahead == highest
        return highest

    best(0)


@settings(max_examples=50, deadline=None)
@given(built=words())
def test_words_have_the_models_numbers(model: Path, path: Path, built: Words) -> None:
    build_lexicon(built.all(), built.labels, model, path, separator=built.separator)
    numbers = defaultdict(set)
    for text, number, _ in words_of(path.read_bytes()):
        numbers[text.decode()].add(number)
    assert all(len(some) == 1 for some in numbers.values())
    known = [numbers[text].pop() for text in numbers if text in KNOWN]
    assert 0 not in known and len(set(known)) == len(known)
    assert max(known, default=0) < Header.of(path.read_bytes()).model_words == len(KNOWN) + 3
    assert all(numbers[text] == {0} for text in numbers if text not in KNOWN)  # <unk>


@settings(max_examples=50, deadline=None)
@given(built=words(), seed=st.integers(0, 1000))
def test_equal_sets_of_words_give_equal_bytes(
    model: Path, path: Path, built: Words, seed: int
) -> None:
    build_lexicon(built.all(), built.labels, model, path, separator=built.separator)
    content = path.read_bytes()
    shuffled = [*built.all(), *built.all()[:3]]
    random.Random(seed).shuffle(shuffled)
    build_lexicon(iter(shuffled), built.labels, model, path, separator=built.separator)
    assert path.read_bytes() == content


def test_all_words_of_real_text_and_no_others(test_data: Path, tmp_path: Path) -> None:
    text = (test_data / "text/common_voice_sentences/en.txt").read_text(encoding="utf-8").lower()
    labels = [" ", "'", *"abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {word for word in text.split() if set(word) <= set(labels)}
    assert len(vocabulary) > 10_000
    model = estimate_model(["the cat sat"], tmp_path / "lm.binary", order=2)
    build_lexicon(sorted(vocabulary), labels, model, tmp_path / "trie")
    lexicon = Lexicon(tmp_path / "trie")
    assert lexicon.vocabulary() == sorted(vocabulary)
    assert lexicon.spellings() == [(word, tuple(word)) for word in sorted(vocabulary)]
    changed = {word[:-1] for word in vocabulary} | {word + "q" for word in vocabulary}
    assert sum(word in lexicon for word in changed) == len(changed & vocabulary)
