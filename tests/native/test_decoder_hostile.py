"""What no acoustic model should say, and what one seldom does.

An error that says what, or the right result, in every mode of the decoder; and after an error it is
as good as before.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from native.decoder import Decoder, DecoderOptions, Hypothesis
from native.language_model import LanguageModel
from native.lexicon import build_lexicon
from tests.native.kenlm_models import estimate_model
from tests.native.search_cases import World, make_world, noisy_log_probs, random_log_probs

Array = NDArray[np.float32] | NDArray[np.float64]
Way = Callable[[Decoder, Array], list[Hypothesis]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(4000, tmp_path_factory.mktemp("world"), letters=5, words=12)


@pytest.fixture(scope="module")
def bare(world: World) -> Path:
    """The world's lexicon, built without a language model."""
    path = world.trie.with_suffix(".bare")
    build_lexicon(world.words, world.labels, None, path)
    return path


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Words that follow each other without anything between them."""
    path = tmp_path_factory.mktemp("joined") / "trie"
    build_lexicon(["a", "ab", " "], ["a", "b", " "], None, path, separator=None, joint="")
    return path


@dataclass(frozen=True)
class Mode:
    """One of the ways to search."""

    decoder: Decoder
    has_words: bool = True
    model: LanguageModel | None = None


@pytest.fixture(params=["words and model", "words", "letters"])
def mode(request: pytest.FixtureRequest, world: World, bare: Path) -> Mode:
    if request.param == "words and model":
        decoder = Decoder(world.labels, lexicon=world.trie, language_model=world.binary)
        return Mode(decoder, model=LanguageModel(world.binary))
    if request.param == "words":
        return Mode(Decoder(world.labels, lexicon=bare))
    return Mode(Decoder(world.labels), has_words=False)


@pytest.fixture
def decoder(mode: Mode) -> Decoder:
    return mode.decoder


def alone(decoder: Decoder, log_probs: Array) -> list[Hypothesis]:
    return decoder.decode(log_probs)


def among_others(decoder: Decoder, log_probs: Array) -> list[Hypothesis]:
    other = np.full((3, 7), -2.0)
    return decoder.decode_batch([other, log_probs, other], threads=2)[1]


def in_pieces(decoder: Decoder, log_probs: Array) -> list[Hypothesis]:
    stream = decoder.stream()
    for first in range(0, len(log_probs), 7):
        stream.feed(log_probs[first : first + 7])
        stream.partial()
    return stream.finish()


WAYS = pytest.mark.parametrize("way", [alone, among_others, in_pieces])


def said(world: World, sentence: int = 0, noise: float = 0.2) -> NDArray[np.float64]:
    return noisy_log_probs(sentence, world.sentences[sentence], world.labels, noise=noise)


# --- Length ------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_no_frames_are_the_empty_text(mode: Mode, way: Way, kind: Any) -> None:
    [hypothesis] = way(mode.decoder, np.zeros((0, 7), kind))
    assert (hypothesis.text, hypothesis.acoustic, hypothesis.is_complete) == ("", 0.0, True)
    end = mode.model.score([]).log10 if mode.model else 0.0
    assert hypothesis.language_model == pytest.approx(end)
    assert hypothesis.total == pytest.approx(DecoderOptions().alpha * math.log(10) * end)


@WAYS
def test_one_frame_holds_one_label_or_none(mode: Mode, world: World, way: Way) -> None:
    [frame] = log_probs = np.log(np.random.default_rng(1).dirichlet(np.full(7, 5.0), size=1))
    by_label = dict(zip([*world.labels, ""], frame, strict=True))
    expected = by_label
    if mode.has_words:
        nothing = np.logaddexp(by_label[""], by_label[" "])
        expected = {"": nothing, **{w: by_label[w] for w in world.words if w in by_label}}
        assert len(expected) == 2  # "c" is a word
    assert {h.text: h.acoustic for h in way(mode.decoder, log_probs)} == pytest.approx(expected)


@WAYS
@pytest.mark.parametrize("column", range(7))
def test_a_thousand_frames_of_one_label(mode: Mode, world: World, way: Way, column: int) -> None:
    log_probs = np.full((1000, 7), -math.inf)
    log_probs[:, column] = 0.0
    label = [*world.labels, ""][column]
    # Labels that only begin a word are left out of the text.
    is_begun = mode.has_words and label not in ("", " ", *world.words)
    text = "" if mode.has_words and label not in world.words else label
    found = [(h.text, h.is_complete) for h in way(mode.decoder, log_probs)]
    assert found == [(text, not is_begun)]


# --- Values ------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("value", [math.nan, math.inf, 0.01, 1e300])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_after_a_value_that_is_refused_the_decoder_is_as_good_as_before(
    decoder: Decoder, world: World, way: Way, value: float, kind: Any
) -> None:
    good = said(world).astype(kind)
    before = way(decoder, good)
    for frame, column in ((0, 0), (len(good) // 2, 6), (len(good) - 1, 3)):
        bad = good.copy()
        with np.errstate(over="ignore"):
            bad[frame, column] = value
        with pytest.raises(ValueError, match=f"frame {frame}, .*log-prob"):
            way(decoder, bad)
        assert way(decoder, good) == before


@WAYS
def test_frames_that_allow_nothing_are_no_reading(decoder: Decoder, world: World, way: Way) -> None:
    good = said(world)
    before = way(decoder, good)
    for frame in (0, len(good) // 2, len(good) - 1):
        dead = good.copy()
        dead[frame] = -math.inf
        assert way(decoder, dead) == []
        assert way(decoder, good) == before


@WAYS
def test_what_is_all_but_impossible_is_borne(decoder: Decoder, way: Way) -> None:
    """Each frame far below what its exponential can hold, and together far below the float32s."""
    hypotheses = way(decoder, np.full((200, 7), -5000.0))
    assert hypotheses
    most = 200 * (-5000 + math.log(7))
    assert all(math.isfinite(h.total) and h.acoustic < most + 1e-3 for h in hypotheses)


@pytest.mark.parametrize("columns", [0, 1, 6, 8, 14])
def test_another_number_of_columns(decoder: Decoder, columns: int) -> None:
    log_probs = np.full((9, columns), -2.0)
    with pytest.raises(ValueError, match=rf"^log_probs has the shape \(9, {columns}\).*7"):
        decoder.decode(log_probs)
    with pytest.raises(ValueError, match=rf"^log_probs\[1\] has the shape \(9, {columns}\).*7"):
        decoder.decode_batch([np.full((2, 7), -2.0), log_probs], threads=2)


# --- Words that begin where others end ---------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_a_text_is_what_its_labels_spell(seed: int, joined: Path) -> None:
    """Where many texts are all but equally likely, each with its own best path."""
    log_probs = random_log_probs(seed, 24, 4).round(1)
    options = DecoderOptions(beam_size=21, beam_threshold=10.0)
    hypotheses = Decoder(["a", "b", " "], lexicon=joined, options=options).decode(log_probs)
    assert hypotheses
    for hypothesis in hypotheses:
        assert "".join(step.label for step in hypothesis.labels) == hypothesis.text
        assert "".join(span.text for span in hypothesis.words) == hypothesis.text
        frames = [
            frame for span in hypothesis.words for frame in (span.begin_frame, span.end_frame)
        ]
        assert frames == sorted(frames)
        assert all(span.begin_frame < span.end_frame <= 24 for span in hypothesis.words)


# --- Language models of other alphabets --------------------------------------------------------

GREEK = ["αβα βα", "βα αβα αα", "αα"]


def test_words_of_another_alphabet_cannot_be_spelled(world: World, tmp_path: Path) -> None:
    greek = estimate_model(GREEK, tmp_path / "greek")
    with pytest.raises(ValueError, match=r"the word '.*' cannot be spelled with the labels"):
        build_lexicon(["αβα", "βα"], world.labels, greek, tmp_path / "trie")
    assert not (tmp_path / "trie").exists()


def test_a_lexicon_and_a_model_of_another_alphabet(world: World, tmp_path: Path) -> None:
    greek = estimate_model(GREEK, tmp_path / "greek")
    with pytest.raises(ValueError, match="was built from another language model"):
        Decoder(world.labels, lexicon=world.trie, language_model=greek)
    with pytest.raises(ValueError, match="a language model of words needs a lexicon"):
        Decoder(world.labels, language_model=greek)


def test_a_model_that_knows_none_of_the_words_scores_them_as_unknown(
    world: World, tmp_path: Path
) -> None:
    greek = estimate_model(GREEK, tmp_path / "greek")
    build_lexicon(world.words, world.labels, greek, tmp_path / "trie")
    decoder = Decoder(world.labels, lexicon=tmp_path / "trie", language_model=greek)
    best = decoder.decode(said(world, noise=0.02))[0]
    assert best.text == world.sentences[0]
    score = LanguageModel(greek).score(best.text.split())
    assert score.unknown == len(best.text.split())
    assert best.language_model == pytest.approx(score.log10, abs=1e-4)


# --- Ten hours ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("piece", [1_800_000 + 100_000, 5_000], ids=["at once", "in pieces"])
def test_ten_hours(world: World, piece: int) -> None:
    """1,800,000 frames, 50 a second: the same sentences over and over."""
    pause = np.full((20, 7), -12.0)
    pause[:, 6] = pause[10, world.labels.index(" ")] = math.log(0.5)
    parts = [part for n in range(8) for part in (said(world, n, noise=0.02), pause)]
    part = np.concatenate(parts).astype(np.float32)
    repeats = 1_800_000 // len(part) + 1
    decoder = Decoder(
        world.labels,
        lexicon=world.trie,
        language_model=world.binary,
        options=DecoderOptions(beam_size=16, hypotheses=1),
    )
    log_probs = np.tile(part, (repeats, 1))
    stream = decoder.stream()
    for first in range(0, len(log_probs), piece):
        stream.feed(log_probs[first : first + piece])
    [hypothesis] = stream.finish()
    assert hypothesis.text.split() == " ".join(world.sentences[:8]).split() * repeats
    assert hypothesis.is_complete
    assert math.isfinite(hypothesis.total)
    assert hypothesis.words[-1].end_frame <= len(log_probs)
