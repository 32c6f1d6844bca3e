"""What stands between words, several spellings, decoding with no model or with another one."""

from pathlib import Path

import pytest

from native.decoder import Decoder
from native.language_model import LanguageModel
from native.lexicon import BYTE_LABELS, Lexicon, build_lexicon
from native.spelling import SpelledWord
from tests.native.kenlm_models import estimate_model
from tests.native.lexicon_files import Header, nodes_of, words_of
from tests.native.search_cases import certain_log_probs

SENTENCES = ["he said hello", "the red bed", "I read the book", "he read"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return estimate_model(SENTENCES, tmp_path_factory.mktemp("lm") / "lm.binary")


@pytest.fixture(scope="module")
def characters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of characters, the space too: KenLM parts its words by spaces."""
    sentences = [
        " ".join("<space>" if char == " " else char for char in text) for text in SENTENCES
    ]
    return estimate_model(sentences, tmp_path_factory.mktemp("characters") / "lm.binary")


# --- Kinds ----------------------------------------------------------------------------------------


def test_words_may_end_with_any_label(model: Path, tmp_path: Path) -> None:
    labels = ["|", "'", *"abdehlorst"]
    build_lexicon(["he", "read", "bed"], labels, model, tmp_path / "trie", separator="|")
    lexicon = Lexicon(tmp_path / "trie")
    assert (lexicon.separator, lexicon.is_unseparated, lexicon.joint) == ("|", False, " ")
    for language_model in (None, model):
        decoder = Decoder(labels, lexicon=lexicon, language_model=language_model)
        (found,) = decoder.decode(certain_log_probs("he_||read|_bed|", labels))
        assert [word.text for word in found.words] == ["he", "read", "bed"]
        assert found.text == "he read bed"


def test_pieces_say_where_a_word_begins(model: Path, tmp_path: Path) -> None:
    labels = ["▁he", "llo", "▁", "re", "d", "ad", "<unk>"]
    words: list[tuple[str, list[str]]] = [
        ("he", ["▁he"]),
        ("hello", ["▁he", "llo"]),
        ("red", ["▁", "re", "d"]),
    ]
    build_lexicon(words, labels, model, tmp_path / "trie", separator=None)
    lexicon = Lexicon(tmp_path / "trie")
    assert (lexicon.separator, lexicon.is_unseparated, lexicon.joint) == (None, True, " ")
    assert lexicon.spellings() == [(word, tuple(spelling)) for word, spelling in words]
    build_lexicon(["red", "hello", "ad"], labels, model, tmp_path / "trie", separator=None)
    assert Lexicon(tmp_path / "trie").spellings() == [
        ("hello", ("▁he", "llo")),
        ("red", ("▁", "re", "d")),
        ("ad", ("▁", "ad")),
    ]
    build_lexicon(["ad"], labels[3:], None, tmp_path / "trie", separator=None)
    assert Lexicon(tmp_path / "trie").spellings() == [("ad", ("ad",))]


def test_the_space_can_be_a_unit(characters: Path, tmp_path: Path) -> None:
    labels = [" ", *"abdehikorstI"]
    build_lexicon(labels, labels, characters, tmp_path / "trie", separator=None, joint="")
    lexicon = Lexicon(tmp_path / "trie")
    assert (lexicon.separator, lexicon.is_unseparated, lexicon.joint) == (None, True, "")
    assert lexicon.spellings() == [(label, (label,)) for label in labels]
    model_words = {text: number for text, number, _ in words_of((tmp_path / "trie").read_bytes())}
    assert 0 not in model_words.values()  # <unk>: KenLM knows the space as <space>
    assert len(set(model_words.values())) == len(labels)


def test_bytes_spell_units(tmp_path: Path) -> None:
    model = estimate_model(["日 本 <space> é"], tmp_path / "lm.binary", order=2)
    units = [" ", "é", "日", "本"]
    build_lexicon(units, BYTE_LABELS, model, tmp_path / "trie", separator=None, joint="")
    lexicon = Lexicon(tmp_path / "trie")
    assert lexicon.vocabulary() == units
    spellings = {
        text: "".join(way).encode("utf-8", "surrogateescape") for text, way in lexicon.spellings()
    }
    assert spellings == {text: text.encode() for text in units}
    assert 0 not in [number for _, number, _ in words_of((tmp_path / "trie").read_bytes())]


def test_without_the_label_for_space_a_text_is_one_word(model: Path, tmp_path: Path) -> None:
    build_lexicon(["he", "read"], list("aderh"), model, tmp_path / "trie")
    lexicon = Lexicon(tmp_path / "trie")
    assert (lexicon.separator, lexicon.is_unseparated) == (None, False)


def test_what_stands_between_words_must_make_sense(model: Path, tmp_path: Path) -> None:
    labels = [" ", *"abcdehrst"]
    for separator in ("|", "", "ab"):
        with pytest.raises(
            ValueError,
            match=f"the separator '{separator}' is none of the labels".replace("|", r"\|"),
        ):
            build_lexicon(["he"], labels, model, tmp_path / "trie", separator=separator)
    with pytest.raises(ValueError, match="joint must be a space or nothing, not '-'"):
        build_lexicon(["he"], labels, model, tmp_path / "trie", joint="-")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the word ' ' holds a space"):
        build_lexicon([" "], labels, model, tmp_path / "trie", separator=None)
    with pytest.raises(ValueError, match="the word 'a b' holds a space"):
        build_lexicon(["a b"], labels, model, tmp_path / "trie", separator=None, joint="")
    assert list(tmp_path.iterdir()) == []


# --- Spellings ------------------------------------------------------------------------------------


def test_a_word_may_have_several_spellings(model: Path, tmp_path: Path) -> None:
    labels = [" ", *"abdehlorst"]
    words: list[str | SpelledWord] = [
        "red",
        ("read", ["r", "e", "d"]),
        ("read", list("read")),
        ("read", list("rod")),
    ]
    build_lexicon(words, labels, model, tmp_path / "trie")
    lexicon = Lexicon(tmp_path / "trie")
    assert lexicon.words == 2
    assert lexicon.vocabulary() == ["read", "red"]
    assert lexicon.spellings() == [
        ("read", ("r", "e", "a", "d")),
        ("read", ("r", "e", "d")),
        ("red", ("r", "e", "d")),
        ("read", ("r", "o", "d")),
    ]
    header = Header.of((tmp_path / "trie").read_bytes())
    assert (header.words, header.texts, header.text_bytes) == (4, 2, len("read red "))


def test_the_decoder_writes_what_is_spelled_alike(model: Path, tmp_path: Path) -> None:
    labels = [" ", *"abdehlorst"]
    words: list[str | SpelledWord] = [
        "red",
        ("read", list("red")),
        ("read", list("rod")),
        "he",
        "the",
        "bed",
    ]
    build_lexicon(words, labels, model, tmp_path / "trie")
    decoder = Decoder(labels, lexicon=tmp_path / "trie", language_model=model)
    oracle = LanguageModel(model)
    for path in ("he red", "the red bed"):
        found = decoder.decode(certain_log_probs(path, labels))
        texts = [path, path.replace("red", "read")]
        best = sorted(texts, key=lambda text: -oracle.score(text.split()).log10)
        assert [hypothesis.text for hypothesis in found] == best
    assert [found.text for found in decoder.decode(certain_log_probs("rod", labels))] == ["read"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (("he", []), "the word 'he' has an empty spelling"),
        (("he", ["h", "x"]), "the spelling of 'he' has 'x', which is none of the labels"),
        (("he", ["h", " "]), "the word 'he' has the separator ' ' in its spelling"),
        (("", ["h"]), "a word of the lexicon is empty"),
        (("he he", ["h"]), "the word 'he he' holds a space"),
        (("h\0e", ["h"]), r"the word 'h\\x00e' holds a zero byte"),
        (("<unk>", ["h"]), "'<unk>' is a mark of the language model's"),
    ],
)
def test_wrong_spellings_are_refused(
    model: Path, tmp_path: Path, word: tuple[str, list[str]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        build_lexicon(["he", word], [" ", *"he"], model, tmp_path / "trie")
    assert list(tmp_path.iterdir()) == []


def test_a_string_is_no_spelling(model: Path, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="the spelling of 'he' is a string"):
        build_lexicon([("he", "he")], [" ", *"he"], model, tmp_path / "trie")


# --- The language model ---------------------------------------------------------------------------


def test_without_a_language_model_all_words_are_alike(tmp_path: Path, model: Path) -> None:
    labels = [" ", *"abdehr"]
    build_lexicon(["he", "red"], labels, None, tmp_path / "trie")
    content = (tmp_path / "trie").read_bytes()
    assert (Header.of(content).model, Header.of(content).model_words) == (0, 1)
    assert [node.look_ahead for node in nodes_of(content)] == [0.0] * 6
    (found,) = Decoder(labels, lexicon=tmp_path / "trie").decode(
        certain_log_probs("he red", labels)
    )
    assert found.text == "he red"
    with pytest.raises(ValueError, match="the lexicon was built without a language model"):
        Decoder(labels, lexicon=tmp_path / "trie", language_model=model)


def test_another_model_is_refused(tmp_path: Path, model: Path) -> None:
    labels = [" ", *"abdehr"]
    build_lexicon(["he", "red"], labels, model, tmp_path / "trie")
    other = estimate_model([*SENTENCES, "he"], tmp_path / "other.binary")
    shorter = estimate_model(SENTENCES, tmp_path / "shorter.binary", order=2)
    message = r"trie: the lexicon was built from another language model than .*/other\.binary"
    with pytest.raises(ValueError, match=message):
        Decoder(labels, lexicon=tmp_path / "trie", language_model=other)
    with pytest.raises(ValueError, match="from another language model"):
        Decoder(labels, lexicon=tmp_path / "trie", language_model=shorter)
    # The same model, but its words have the numbers of a probing model.
    with pytest.raises(ValueError, match="from another language model"):
        Decoder(labels, lexicon=tmp_path / "trie", language_model=model.with_suffix(".arpa"))


def test_the_same_model_in_another_file_is_the_same(tmp_path: Path, model: Path) -> None:
    labels = [" ", *"abdehr"]
    for kind in (("trie",), ("-q", "8", "-b", "8", "trie"), ("-a", "22", "trie"), ("-v", "trie")):
        twin = estimate_model(SENTENCES, tmp_path / "twin.binary", binary=kind)
        build_lexicon(["he", "red"], labels, twin, tmp_path / "trie")
        assert Decoder(labels, lexicon=tmp_path / "trie", language_model=twin)
        if "-q" not in kind:
            assert Decoder(labels, lexicon=tmp_path / "trie", language_model=model)
    arpa = estimate_model(SENTENCES, tmp_path / "twin", binary=())
    build_lexicon(["he", "red"], labels, arpa, tmp_path / "trie")
    probing = estimate_model(SENTENCES, tmp_path / "probing.binary", binary=("probing",))
    assert Decoder(labels, lexicon=tmp_path / "trie", language_model=arpa)
    assert Decoder(labels, lexicon=tmp_path / "trie", language_model=probing)
