import random
import threading
from pathlib import Path

import pytest

from native.language_model import LanguageModel
from native.lexicon import BYTE_LABELS, Lexicon, build_lexicon
from tests.native.kenlm_models import estimate_model, random_words
from tests.native.lexicon_files import NO_WORD, Header, nodes_of, words_of

LABELS = (" ", "'", *"abcdefghijklmnopqrstuvwxyz")
SENTENCES = ["the cat sat on the mat", "the dog sat", "cats and dogs", "it's a cat"]
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return estimate_model(SENTENCES, tmp_path_factory.mktemp("lm") / "lm.binary")


@pytest.fixture(scope="module")
def trie(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lexicon") / "trie"
    build_lexicon(WORDS, LABELS, model, path)
    return path


def unigrams_of(model: Path) -> dict[str, float]:
    """log10 P of each word, out of the ARPA file beside the binary."""
    text, _, _ = model.with_suffix(".arpa").read_text().partition("\\2-grams:")
    rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
    return {row[1]: float(row[0]) for row in rows}


def test_a_lexicon_has_its_words_and_labels(trie: Path) -> None:
    lexicon = Lexicon(trie)
    assert lexicon.labels == LABELS
    assert lexicon.words == len(WORDS)
    assert lexicon.spellings() == [(word, tuple(word)) for word in WORDS]
    assert lexicon.vocabulary() == WORDS
    assert (lexicon.separator, lexicon.is_unseparated, lexicon.joint) == (" ", False, " ")
    assert all(word in lexicon for word in WORDS)
    for absent in ("", "c", "ca", "catss", "é", "the cat", "dogsx", "zzz"):
        assert absent not in lexicon


def test_each_node_has_the_highest_unigram_below_it(tmp_path: Path, model: Path) -> None:
    build_lexicon(["cat", "cats", "on"], LABELS, model, tmp_path / "trie")
    content = (tmp_path / "trie").read_bytes()
    unigrams = unigrams_of(model)
    header = Header.of(content)
    assert (header.magic, header.version, header.flags) == (b"MynaTrie", 2, 1)
    assert (header.labels, header.nodes, header.words, header.texts) == (28, 7, 3, 3)
    assert (header.separator, header.model_words) == (0, len(unigrams))
    cat, cats, on = (unigrams[word] for word in ("cat", "cats", "on"))
    best = max(cat, cats)
    number = {label: n for n, label in enumerate(LABELS)}
    expected = [
        ("", "co", 1, NO_WORD, max(best, on)),
        ("c", "a", 3, NO_WORD, best),
        ("o", "n", 4, NO_WORD, on),
        ("a", "t", 5, NO_WORD, best),
        ("n", "", 6, 0, on),
        ("t", "s", 6, 1, best),
        ("s", "", 7, 2, cats),
    ]
    found = nodes_of(content)
    assert [(node.label, node.children, node.first_child, node.word) for node in found] == [
        (number.get(label, 0), sum(1 << number[child] for child in children), first, word)
        for label, children, first, word, _ in expected
    ]
    scores = [score for *_, score in expected]
    assert [node.look_ahead for node in found] == pytest.approx(scores, abs=1e-6)
    assert [(text, last) for text, _, last in words_of(content)] == [
        (b"on", True),
        (b"cat", True),
        (b"cats", True),
    ]


def test_the_bytes_depend_on_the_set_of_words_only(tmp_path: Path, trie: Path, model: Path) -> None:
    shuffled = [*WORDS, WORDS[0]]
    random.Random(1).shuffle(shuffled)
    build_lexicon(shuffled, list(LABELS), str(model), str(tmp_path / "again"))
    assert (tmp_path / "again").read_bytes() == trie.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


# Up to 32 labels nodes have masks; beyond, numbers of children, and labels of 1, 2 and 4 bytes.
@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 256, 257, 1024, 8000, 65536, 65537, 150_000])
def test_alphabets_of_any_size(tmp_path: Path, model: Path, count: int) -> None:
    first = 0x4E00 if count < 30_000 else 0x10000
    labels = [chr(first + n) for n in range(count)]
    some = [labels[0], labels[-1], *random.Random(1).sample(labels, min(count, 200))]
    words = random_words(random.Random(count), some, count=min(300, 2 * count), longest=6)
    build_lexicon(words, labels, model, tmp_path / "trie")
    lexicon = Lexicon(tmp_path / "trie")
    assert lexicon.vocabulary() == sorted(words)
    assert lexicon.spellings() == [(word, tuple(word)) for word in sorted(words)]
    assert lexicon.labels == tuple(labels)


def test_words_are_spelled_with_the_longest_label_that_fits(tmp_path: Path, model: Path) -> None:
    labels = ["a", "ab", "b", "c", "bc"]
    build_lexicon(["abc", "aab", "bcab"], labels, model, tmp_path / "trie")
    nodes = nodes_of((tmp_path / "trie").read_bytes())
    assert [labels[node.label] for node in nodes[1:4]] == ["a", "ab", "bc"]
    assert len(nodes) == 1 + 6
    assert "abc" in Lexicon(tmp_path / "trie")


def test_bytes_can_be_the_labels(tmp_path: Path, model: Path) -> None:
    build_lexicon(["naïve", "日本"], BYTE_LABELS, model, tmp_path / "trie")
    lexicon = Lexicon(tmp_path / "trie")
    assert len(BYTE_LABELS) == 255
    assert lexicon.labels == BYTE_LABELS
    assert lexicon.vocabulary() == ["naïve", "日本"]
    assert "日" not in lexicon


def test_a_model_without_its_words_texts_serves(tmp_path: Path) -> None:
    # Without -v build_binary keeps hashes only, as DeepSpeech's recipe has it.
    without = estimate_model(SENTENCES, tmp_path / "without", binary=("trie",))
    with_texts = estimate_model(SENTENCES, tmp_path / "with", binary=("-i", "trie"))
    for path in (without, with_texts):
        build_lexicon(WORDS, LABELS, path, path.with_suffix(".trie"))
    tries = [path.with_suffix(".trie").read_bytes() for path in (without, with_texts)]
    assert tries[0] == tries[1]


@pytest.mark.parametrize(
    ("words", "labels", "message"),
    [
        ([], LABELS, "there are no words"),
        (["cat", ""], LABELS, "a word of the lexicon is empty"),
        (
            ["cat", "café"],
            LABELS,
            "the word 'café' cannot be spelled .*: no label fits at 'é'",
        ),
        (["a cat"], LABELS, "the word 'a cat' holds a space"),
        (["a cat"], ("a", " c", "t"), "holds a space"),
        (["</s>"], tuple("</s>"), "'</s>' is a mark of the language model's"),
        (["cat"], (), "there are no labels"),
        (["cat"], ("a", "", "b"), "label number 1 is empty"),
        (["cat"], ("a", "b", "a"), "label 'a' is there twice: numbers 0 and 2"),
    ],
)
def test_what_cannot_be_a_lexicon_is_refused(
    tmp_path: Path, model: Path, words: list[str], labels: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        build_lexicon(words, labels, model, tmp_path / "trie")
    assert list(tmp_path.iterdir()) == []


def test_strings_for_lists_and_files_that_are_not_there(tmp_path: Path, model: Path) -> None:
    with pytest.raises(TypeError, match="words is a string"):
        build_lexicon("cat", LABELS, model, tmp_path / "trie")
    with pytest.raises(TypeError, match="words is a mapping; give a list of strings, or of words"):
        build_lexicon({"cat": ["c", "a", "t"]}, LABELS, model, tmp_path / "trie")
    for word in (7, None, ("cat",)):
        with pytest.raises(TypeError, match="a word must be a string, or a string and its labels"):
            build_lexicon([word], LABELS, model, tmp_path / "trie")  # type: ignore[list-item]
    with pytest.raises(TypeError, match="a label must be a string, not None"):
        build_lexicon(["cat"], [*LABELS, None], model, tmp_path / "trie")  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"no label is ' ', which is to end a word: is it separ"):
        build_lexicon(["cat"], ["|", "a", "c", "t"], model, tmp_path / "trie")
    with pytest.raises(TypeError, match="labels is a string"):
        build_lexicon(["cat"], "abct", model, tmp_path / "trie")
    with pytest.raises(ValueError, match=r"the word '\\udcff' has what is no character"):
        build_lexicon(["\udcff"], BYTE_LABELS, model, tmp_path / "trie")
    with pytest.raises(FileNotFoundError, match="cannot open the language model: No such file"):
        build_lexicon(["cat"], LABELS, tmp_path / "absent", tmp_path / "trie")
    with pytest.raises(FileNotFoundError):
        build_lexicon(["cat"], LABELS, model, tmp_path / "absent" / "trie")
    with pytest.raises(FileNotFoundError, match="cannot open the lexicon: No such file"):
        Lexicon(tmp_path / "absent")
    with pytest.raises(ValueError, match=r": a folder, not the lexicon$"):
        Lexicon(tmp_path)
    with pytest.raises(ValueError, match="not a regular file"):
        Lexicon("/dev/null")


def test_a_failure_leaves_the_older_file(tmp_path: Path, trie: Path, model: Path) -> None:
    (tmp_path / "trie").write_bytes(trie.read_bytes())
    with pytest.raises(ValueError, match="empty"):
        build_lexicon([""], LABELS, model, tmp_path / "trie")
    assert (tmp_path / "trie").read_bytes() == trie.read_bytes()


def test_threads_share_a_lexicon(trie: Path) -> None:
    lexicon = Lexicon(trie)
    found: list[list[str]] = []
    look = lambda: found.append(lexicon.vocabulary())  # noqa: E731
    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [WORDS] * 8


def test_unknown_words_have_the_score_of_unk(tmp_path: Path, model: Path) -> None:
    build_lexicon(["unheard"], LABELS, model, tmp_path / "trie")
    assert LanguageModel(model).score(["unheard"]).unknown == 1
    scores = [node.look_ahead for node in nodes_of((tmp_path / "trie").read_bytes())]
    assert scores == pytest.approx([unigrams_of(model)["<unk>"]] * 8, abs=1e-6)
