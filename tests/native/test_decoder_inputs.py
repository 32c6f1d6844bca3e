import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from native.decoder import Decoder, DecoderOptions, greedy
from tests.native.search_cases import (
    EVERYTHING,
    World,
    decoder_of,
    make_world,
    noisy_log_probs,
    random_log_probs,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    """Five letters and twelve words."""
    return make_world(1000, folder, letters=5, words=12)


def test_float32_float64_and_any_layout_agree(world: World) -> None:
    single = noisy_log_probs(1, world.sentences[0], world.labels, noise=0.4).astype(np.float32)
    decoder = decoder_of(world, DecoderOptions())
    expected = decoder.decode(single)
    wide = np.zeros((2 * len(single), 2 * single.shape[1]), np.float32)
    wide[::2, ::2] = single
    read_only = single.copy()
    read_only.setflags(write=False)
    forms: list[Any] = [single.astype(np.float64), single.astype(">f4"), np.asfortranarray(single)]
    for form in [*forms, wide[::2, ::2], read_only, single[::-1][::-1]]:
        assert decoder.decode(form) == expected


class Tensor:
    """What other libraries have for arrays."""

    def __str__(self) -> str:
        return "a tensor"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        return np.zeros((3, 7))


@pytest.mark.parametrize(
    ("log_probs", "error", "message"),
    [
        ("abc", TypeError, "must be a NumPy array, not str"),
        (np.zeros((3, 7), np.float16), TypeError, "float32 or float64, not float16"),
        (Tensor(), TypeError, "must be a NumPy array, not Tensor: give np.asarray of it"),
        (np.ma.zeros((3, 7)), TypeError, "is masked: give its frames alone"),
        (np.zeros((3, 7), np.int64), TypeError, "float32 or float64, not int64"),
        (np.zeros((3, 7), object), TypeError, "float32 or float64, not object"),
        (np.zeros(7), ValueError, r"shape \(7,\); it must be \[frames, 7\]: 6 labels and the"),
        (np.zeros((3, 6)), ValueError, r"shape \(3, 6\); it must be \[frames, 7\]"),
        (np.zeros((2, 3, 7)), ValueError, r"shape \(2, 3, 7\)"),
        (np.zeros((0, 6)), ValueError, r"shape \(0, 6\)"),
    ],
    ids=str,
)
def test_what_is_no_matrix_of_log_probabilities_is_refused(
    world: World, log_probs: Any, error: type[Exception], message: str
) -> None:
    decoder = decoder_of(world, DecoderOptions())
    with pytest.raises(error, match=message):
        decoder.decode(log_probs)
    with pytest.raises(error, match=message):
        greedy(log_probs, world.labels)
    with pytest.raises(error, match=r"log_probs\[1\]"):
        decoder.decode_batch([np.zeros((1, 7)), log_probs], threads=1)


def test_values_that_are_no_log_probabilities_are_named(world: World) -> None:
    decoder = decoder_of(world, DecoderOptions())
    number = world.labels.index("c")
    for column, label in ((number, "label 'c'"), (6, "the blank")):
        for kind in (np.float32, np.float64):
            log_probs = np.full((5, 7), -2.0, kind)
            log_probs[3, column] = np.nan
            for call in (decoder.decode, Decoder(world.labels).decode):
                with pytest.raises(ValueError, match=f"frame 3, {label}: NaN"):
                    call(log_probs)
            with pytest.raises(ValueError, match=f"frame 3, .*{label[-4:]}.*: NaN"):
                greedy(log_probs, world.labels)
            for value in (0.5, np.inf):
                log_probs[3, column] = value
                with pytest.raises(ValueError, match=f"frame 3, {label}: .* is no log-prob"):
                    decoder.decode(log_probs)


def test_rounding_above_0_and_impossible_frames_are_borne(world: World) -> None:
    decoder = decoder_of(world, DecoderOptions())
    assert decoder.decode(np.full((2, 7), 1e-6, np.float32))
    assert decoder.decode(np.full((2, 7), -np.inf, np.float32)) == []
    assert Decoder(world.labels).decode(np.full((2, 7), -np.inf)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"beam_size": 0}, "beam_size must be a whole number from 1 to 1000000, not 0"),
        ({"beam_size": 2.5}, "beam_size must be a whole number, not 2.5"),
        ({"beam_size": 1 << 40}, "beam_size must be a whole number, not 1099511627776"),
        ({"beta": "2"}, "beta must be a number, not '2'"),
        ({"merge_histories": "yes"}, "merge_histories must be True or False, not 'yes'"),
        ({"merge_histories": 2}, "merge_histories must be True or False, not 2"),
        ({"merge_histories": None}, "merge_histories must be True or False, not None"),
        ({"blank_skip": 0}, "blank_skip must be above 0 and at most 1, not 0"),
        ({"blank_skip": 1.1}, "blank_skip must be above 0 and at most 1, not 1.1"),
        ({"unknown_penalty": -1}, "unknown_penalty must be a number from 0 to 100, not -1"),
        ({"confidence_scale": 0}, "confidence_scale must be above 0 and at most 1000, not 0"),
        ({"top_labels": 0}, "top_labels must be a whole number from 1 to 1000000, not 0"),
        ({"hypotheses": -1}, "hypotheses must be a whole number from 1"),
        ({"beam_threshold": 0.0}, "beam_threshold must be above 0, not 0$"),
        ({"beam_threshold": math.nan}, "beam_threshold must be above 0, not nan"),
        ({"word_end_threshold": 0}, "word_end_threshold must be above 0, not 0$"),
        ({"alpha": -0.1}, "alpha must be a number from 0 to 20, not -0.1"),
        ({"alpha": 1e308}, "alpha must be a number from 0 to 20"),
        ({"alpha": math.inf}, "alpha must be a number from 0 to 20"),
        ({"beta": -1e308}, "beta must be a number from -100 to 100"),
        ({"beta": math.nan}, "beta must be a number from -100 to 100, not nan"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(DecoderOptions(), **changes)  # type: ignore[arg-type]


def test_parts_that_do_not_belong_together_are_refused(world: World, folder: Path) -> None:
    with pytest.raises(ValueError, match=r"trie-1000: the lexicon was built for another alphabet"):
        Decoder(world.labels[::-1], lexicon=world.trie)
    with pytest.raises(ValueError, match="another alphabet: 6 labels there and 7 here"):
        Decoder([*world.labels, "z"], lexicon=world.trie)
    with pytest.raises(ValueError, match="a language model of words needs a lexicon"):
        Decoder(world.labels, language_model=world.binary)
    other = make_world(1001, folder, letters=5, words=12)
    with pytest.raises(ValueError, match="was built from another language model"):
        Decoder(world.labels, lexicon=world.trie, language_model=other.binary)
    with pytest.raises(ValueError, match="label 'a' is there twice"):
        Decoder(["a", "b", "a"])
    with pytest.raises(TypeError, match="labels is a string"):
        Decoder("abc")
    with pytest.raises(FileNotFoundError):
        Decoder(world.labels, lexicon=folder / "absent")


def test_the_number_of_hypotheses(world: World) -> None:
    log_probs = random_log_probs(3, 12, 7)
    counts = []
    for most in (1, 4, 1000):
        options = replace(EVERYTHING, beam_size=300, hypotheses=most)
        counts.append(len(decoder_of(world, options).decode(log_probs)))
    assert counts[:2] == [1, 4]
    assert 4 < counts[2] <= 300
