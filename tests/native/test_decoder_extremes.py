"""Ties, extreme numbers, damaged models, arrays and paths of an unusual kind."""

import math
import os
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from native import _native
from native.decoder import Decoder, DecoderOptions, checked
from native.language_model import LanguageModel
from native.lexicon import Lexicon, build_lexicon
from native.reference.ctc import prefix_search_reference
from tests.native.kenlm_models import estimate_model, with_nan
from tests.native.search_cases import World, decoder_of, make_world, random_log_probs, words_of

LETTERS = [chr(0x4E00 + n) for n in range(40)]
NAMELESS = os.fsdecode(b"not utf-8 \xff")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(3000, tmp_path_factory.mktemp("world"), letters=5, words=12)


def misaligned(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same numbers, at an odd address."""
    moved = np.frombuffer(b"\0" + values.tobytes(), np.float32, offset=1).reshape(values.shape)
    assert not moved.flags.aligned
    return moved


# --- Ties and extremes -------------------------------------------------------------------------


@pytest.mark.parametrize("beam_size", [1, 2, 7, 33])
def test_of_equal_prefixes_those_reached_first_are_kept(beam_size: int) -> None:
    flat = np.full((1, len(LETTERS) + 1), -math.log(len(LETTERS) + 1))
    decoder = Decoder(LETTERS, options=DecoderOptions(beam_size=beam_size, hypotheses=100))
    # The blank is the first step of a prefix, then come the labels in their order.
    assert [h.text for h in decoder.decode(flat)] == ["", *LETTERS][:beam_size]


@pytest.mark.parametrize("seed", range(8))
def test_ties_among_others_are_resolved_as_the_reference_does(seed: int) -> None:
    """Probabilities out of {1/8, 1/4, 1/2}: sums that ought to be equal are so, mostly."""
    source = np.random.default_rng(seed)
    log_probs = np.log(2.0 ** source.integers(-3, 0, size=(1, len(LETTERS) + 1)))
    options = DecoderOptions(beam_size=9, hypotheses=100)
    found = {h.text for h in Decoder(LETTERS, options=options).decode(log_probs)}
    expected = prefix_search_reference(log_probs, 9, options.beam_threshold)
    assert found == {"".join(LETTERS[n] for n in numbers) for numbers in expected}


@pytest.mark.parametrize("alpha", [0.0, 1e-300, 20.0])
@pytest.mark.parametrize("beta", [-100.0, 0.0, 100.0])
def test_scores_are_finite_at_the_ends_of_the_options(
    world: World, alpha: float, beta: float
) -> None:
    options = DecoderOptions(alpha=alpha, beta=beta, beam_size=5)
    for hypothesis in decoder_of(world, options).decode(random_log_probs(3, 30, 7)):
        assert math.isfinite(hypothesis.total)
        log10, words = hypothesis.language_model, len(words_of(hypothesis))
        expected = hypothesis.acoustic + alpha * math.log(10) * log10 + beta * words
        assert hypothesis.total == pytest.approx(expected)


def test_log_probabilities_at_the_end_of_float64_are_borne(world: World) -> None:
    log_probs = np.full((6, 7), -1.7e308)
    for decoder in (decoder_of(world, DecoderOptions()), Decoder(world.labels)):
        assert decoder.decode(log_probs) == []  # the sums are -inf: probability 0
        assert decoder.decode(log_probs[:1])[0].total == -1.7e308


def test_a_value_that_is_far_too_large_is_named_in_a_few_digits(world: World) -> None:
    log_probs = np.zeros((1, 7))
    log_probs[0, 6] = 1e300
    with pytest.raises(ValueError, match=r"frame 0, the blank: 1e\+300 is no log-probability"):
        Decoder(world.labels).decode(log_probs)


# --- Damaged language models -------------------------------------------------------------------


def test_a_model_that_holds_a_nan_is_damaged(tmp_path: Path) -> None:
    labels = [" ", "a", "b"]
    sentences = ["a b a", "a a b", "b a", "a a a"]
    whole = estimate_model(sentences, tmp_path / "lm.binary", order=2, binary=["probing"])
    broken = with_nan(whole, "a b", tmp_path / "broken.binary")
    build_lexicon(["a", "b"], labels, whole, tmp_path / "trie")
    assert math.isfinite(LanguageModel(whole).score(["a", "b"]).log10)
    with pytest.raises(RuntimeError, match=r"broken\.binary: the language model is damaged"):
        LanguageModel(broken).score(["a", "b"])
    decoder = Decoder(labels, lexicon=tmp_path / "trie", language_model=broken)
    log_probs = random_log_probs(1, 20, 4)
    with pytest.raises(RuntimeError, match=r"broken\.binary: the language model is damaged"):
        decoder.decode(log_probs)
    with pytest.raises(RuntimeError, match=r"broken\.binary: the language model is damaged"):
        decoder.decode_batch([log_probs] * 4, 2)


def test_no_lexicon_is_written_that_could_not_be_opened(tmp_path: Path) -> None:
    """A unigram over 1: lexicons hold logarithms of probabilities."""
    whole = estimate_model(["a b", "b"], tmp_path / "lm.binary", order=2, binary=["trie"])
    arpa = whole.with_suffix(".arpa").read_text()
    (value,) = [line.split("\t")[0] for line in arpa.splitlines() if line.split("\t")[1:2] == ["a"]]
    content = whole.read_bytes().replace(struct.pack("<f", float(value)), struct.pack("<f", 0.5))
    assert content != whole.read_bytes()
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(ValueError, match="gives 'a' a probability over 1: the file is damaged"):
        build_lexicon(["a", "b"], [" ", "a", "b"], tmp_path / "broken", tmp_path / "trie")
    assert not (tmp_path / "trie").exists()


# --- Arrays and paths --------------------------------------------------------------------------


def test_numbers_may_lie_at_odd_addresses(world: World) -> None:
    log_probs = random_log_probs(5, 20, 7).astype(np.float32)
    decoder = decoder_of(world, DecoderOptions())
    odd = misaligned(log_probs)
    assert checked(odd, 7) is odd
    assert decoder.decode(odd) == decoder.decode(log_probs)


def test_the_compiled_decoder_refuses_what_it_cannot_read() -> None:
    columns = _native.OutputColumns([b"a"], 1, False)
    compiled = _native.Decoder(columns, None, None, DecoderOptions())
    log_probs = np.full((3, 2), -1.0, np.float32)
    assert compiled.decode(log_probs, None)
    wrong: list[Any] = [
        log_probs.astype(">f4"),
        log_probs[:, :1],
        log_probs[0],
        np.ones((3, 2), int),
    ]
    for array in wrong:
        with pytest.raises(TypeError, match="not an array of float32 or float64 with these colu"):
            compiled.decode(array, None)


def test_paths_that_are_no_utf_8(world: World, tmp_path: Path) -> None:
    folder = tmp_path / NAMELESS
    folder.mkdir()
    shutil.copy(world.binary, folder / "lm.binary")
    build_lexicon(world.words, world.labels, folder / "lm.binary", folder / "trie")
    decoder = Decoder(world.labels, lexicon=folder / "trie", language_model=folder / "lm.binary")
    assert decoder.decode(random_log_probs(5, 20, 7))
    with pytest.raises(ValueError, match=r"not utf-8 \\xff/trie: the lexicon was built for"):
        Decoder(world.labels[::-1], lexicon=folder / "trie")


def test_messages_about_paths_that_are_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / NAMELESS
    with pytest.raises(FileNotFoundError) as absent:
        Lexicon(path)
    assert absent.value.filename == str(path)
    with pytest.raises(FileNotFoundError) as absent:
        LanguageModel(path)
    assert absent.value.filename == str(path)
    path.write_bytes(b"neither")
    with pytest.raises(ValueError, match=r"not utf-8 \\xff: not a lexicon"):
        Lexicon(os.fsencode(path))  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"cannot load the language model .*\\xff: "):
        LanguageModel(path)


def test_thousands_of_labels_that_are_all_likely(tmp_path: Path) -> None:
    """More steps a frame than a beam can hold: the best of them are found among few."""
    source = np.random.default_rng(2)
    labels = [chr(0x4E00 + n) for n in range(3000)]
    log_probs = source.normal(0, 0.1, (6, 3001))
    path = [5, 3000, 7, 7, 2999, 5]
    log_probs[np.arange(6), path] += 3
    log_probs -= np.logaddexp.reduce(log_probs, axis=1, keepdims=True)
    options = DecoderOptions(beam_size=50, hypotheses=3)
    assert Decoder(labels, options=options).decode(log_probs)[0].text == "".join(
        labels[n] for n in (5, 7, 2999, 5)
    )
    build_lexicon(labels, labels, None, tmp_path / "trie", separator=None, joint="")
    decoder = Decoder(labels, lexicon=tmp_path / "trie", options=options)
    found = decoder.decode(log_probs)[0]
    assert found.text == "".join(labels[n] for n in (5, 7, 2999, 5))
