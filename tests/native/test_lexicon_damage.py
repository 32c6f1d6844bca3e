"""Files that are no lexicon, or one no longer: refused with the reason, and never a crash."""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native.decoder import Decoder
from native.lexicon import Lexicon, build_lexicon
from native.spelling import SpelledWord
from tests.native.kenlm_models import estimate_model
from tests.native.lexicon_files import (
    LAST,
    NO_WORD,
    NODE,
    SINGLE_WORDS,
    WORD,
    Header,
    Node,
    nodes_of,
    signed,
    words_of,
    xxh64,
)

WORDS: list[str | SpelledWord] = [
    "a", "ab", "abba", "ba", "cab", ("see", ["c"]), ("sea", ["c"]), ("ab", ["b"])
]  # fmt: skip
FEW = [" ", "a", "b", "c"]
MANY = [*FEW, *(chr(0x3B1 + n) for n in range(40))]
VERY_MANY = [*FEW, *(chr(0x4E00 + n) for n in range(300))]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return estimate_model(["a ab see", "ba"], tmp_path_factory.mktemp("lm") / "lm.binary", order=2)


@pytest.fixture(scope="module")
def trie(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With masks of children, and words that share spellings."""
    return built(tmp_path_factory.mktemp("few") / "trie", FEW, model)


@pytest.fixture(scope="module", params=[FEW, MANY, VERY_MANY], ids=["few", "many", "very many"])
def any_trie(
    request: pytest.FixtureRequest, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """With masks, with numbers of children, and with labels of two bytes."""
    return built(tmp_path_factory.mktemp("any") / "trie", request.param, model)


def built(path: Path, labels: Sequence[str], model: Path) -> Path:
    build_lexicon(WORDS, labels, model, path)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"TRIE is another format", "not a lexicon of Myna's"),
        (b"Myna", "cut off"),
        (b"MynaTrie" + struct.pack("<I", 1), "a lexicon of version 1; this Myna reads version 2"),
        (b"MynaTrie" + struct.pack("<I", 3) + bytes(100), "a lexicon of version 3"),
    ],
)
def test_other_files_are_refused_with_the_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "trie").write_bytes(content)
    with pytest.raises(ValueError, match=f"trie: .*{reason}"):
        Lexicon(tmp_path / "trie")


def test_every_truncation_and_every_damaged_byte_is_refused(tmp_path: Path, trie: Path) -> None:
    path = tmp_path / "trie"
    content = trie.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError):
            Lexicon(path)
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 1 << at % 8
        path.write_bytes(damaged)
        with pytest.raises(ValueError):
            Lexicon(path)
    path.write_bytes(content + b"\0")
    with pytest.raises(ValueError, match="checksum"):
        Lexicon(path)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_is_cut_or_changed_is_refused(
    any_trie: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = any_trie.read_bytes()
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    changed = content[:begin] + data.draw(st.binary(max_size=80)) + content[end:]
    path = tmp_path_factory.getbasetemp() / "changed-trie"
    path.write_bytes(changed)
    if changed == content:
        return
    with pytest.raises(ValueError, match="changed-trie: "):
        Lexicon(path)


def test_the_tests_own_checksum_is_the_files(any_trie: Path) -> None:
    # Known values of XXH64, as xxHash's own program xxhsum prints them.
    assert xxh64(b"") == 0xEF46DB3751D8E999
    assert xxh64(b"abc") == 0x44BC2CF5AD770999
    assert xxh64(b"Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1
    assert signed(any_trie.read_bytes()) == any_trie.read_bytes()


# --- Made to deceive: the checksum is right -------------------------------------------------------


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_damage_under_a_right_checksum_is_refused_or_harmless(
    any_trie: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(any_trie.read_bytes())
    values = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1))
    size = st.sampled_from(["<B", "<I"])
    for _ in range(data.draw(st.integers(1, 3))):
        form = data.draw(size)
        at = data.draw(st.integers(12, len(content) - 4))
        struct.pack_into(form, content, at, data.draw(values) % 256 ** struct.calcsize(form))
    path = tmp_path_factory.getbasetemp() / "damaged-trie"
    path.write_bytes(signed(content[: data.draw(st.sampled_from([len(content), 64, 200]))]))
    try:
        lexicon = Lexicon(path)
    except ValueError:
        return
    use(lexicon, Header.of(path.read_bytes()).words)


def use(lexicon: Lexicon, words: int) -> None:
    """Whatever is in it, nothing may crash."""
    assert len(lexicon.spellings()) == words
    for word in lexicon.vocabulary():
        word in lexicon  # noqa: B015
    columns = len(lexicon.labels) + 1
    log_probs = np.log(np.random.default_rng(1).dirichlet(np.ones(columns), size=12))
    for hypothesis in Decoder(lexicon.labels, lexicon=lexicon).decode(log_probs):
        assert math.isfinite(hypothesis.total)


Change = Callable[[Header, list[Node], list[tuple[int, int]]], Header | None]


def forged(trie: Path, change: Change) -> bytes:
    """The file with another header, other nodes or other words, and a right checksum."""
    content = bytearray(trie.read_bytes())
    header, nodes = Header.of(trie.read_bytes()), nodes_of(trie.read_bytes())
    places = header.sections()
    words = list(WORD.iter_unpack(content[slice(*places["words"])]))
    changed = change(header, nodes, words)
    content[slice(*places["nodes"])] = b"".join(NODE.pack(*astuple(node)[1:]) for node in nodes)
    content[slice(*places["node_labels"])] = bytes(node.label for node in nodes)
    content[slice(*places["words"])] = b"".join(WORD.pack(*word) for word in words)
    content[: Header.FORM.size] = (changed or header).packed()
    return signed(content)


def header_with(**values: int) -> Change:
    return lambda header, nodes, words: replace(header, **values)  # type: ignore[arg-type]


def node_with(number: int, **values: float) -> Change:
    def change(header: Header, nodes: list[Node], words: list[tuple[int, int]]) -> None:
        nodes[number] = replace(nodes[number], **values)  # type: ignore[arg-type]

    return change


def word_with(number: int, text: int | None = None, model: int | None = None) -> Change:
    def change(header: Header, nodes: list[Node], words: list[tuple[int, int]]) -> None:
        old = words[number]
        words[number] = (old[0] if text is None else text, old[1] if model is None else model)

    return change


def exchange_of_labels(header: Header, nodes: list[Node], words: list[tuple[int, int]]) -> None:
    nodes[1], nodes[2] = replace(nodes[1], label=2), replace(nodes[2], label=1)


NODES = "a node of the lexicon is out of order, or its score is no logarithm of a probability"
LABELS = "a node of the lexicon has wrong labels"
WORD_ORDER = "the words of the lexicon are not in order"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (header_with(flags=2), "unknown flags"),
        (header_with(separator=4), "the separator of the lexicon is none of its labels"),
        (header_with(separator=SINGLE_WORDS - 1), "the separator of the lexicon is none"),
        (header_with(separator=1), LABELS),
        (header_with(nodes=0), "do not fit the file|the lexicon has no root"),
        (header_with(nodes=4_000_000_000), "do not fit the file"),
        (header_with(words=0xFFFFFFFF), "do not fit the file"),
        (header_with(text_bytes=500), "do not fit the file"),
        (header_with(text_bytes=5), "the last text of the lexicon has no end|wrong number"),
        (header_with(label_bytes=3), "the labels in the lexicon overlap"),
        (header_with(model_words=1), "a word of the lexicon has a wrong number"),
        (node_with(0, word=0), NODES),
        (node_with(0, first_child=2), NODES),
        (node_with(2, first_child=1), NODES),
        (node_with(2, first_child=0xFFFFFFFF), NODES),
        (node_with(0, children=0b0110), LABELS),
        (node_with(0, children=0b1111), LABELS),
        (node_with(1, label=2), LABELS),
        (exchange_of_labels, LABELS),
        (node_with(1, word=1), WORD_ORDER),
        (node_with(1, word=NO_WORD), WORD_ORDER),
        (node_with(-1, word=NO_WORD), NODES),
        (node_with(-1, word=0x7FFFFFFF), WORD_ORDER),
        (node_with(1, look_ahead=math.nan), NODES),
        (node_with(1, look_ahead=-math.inf), NODES),
        (node_with(1, look_ahead=1e-40), NODES),
        (word_with(0, text=10_000), "a word of the lexicon has a wrong number"),
        (word_with(0, model=LAST | 0x7FFFFFFF), "a word of the lexicon has a wrong number"),
        (word_with(-1, model=1), "the words of the lexicon do not close"),
        (word_with(0, model=1), WORD_ORDER),
    ],
)
def test_forgeries_are_refused_with_the_reason(
    trie: Path, tmp_path: Path, change: Change, reason: str
) -> None:
    content = forged(trie, change)
    assert content != trie.read_bytes()
    (tmp_path / "trie").write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        Lexicon(tmp_path / "trie")


def test_the_forger_changes_nothing_else(trie: Path) -> None:
    assert forged(trie, lambda header, nodes, words: None) == trie.read_bytes()
    assert [text for text, _, _ in words_of(trie.read_bytes())][:2] == [b"a", b"ab"]
