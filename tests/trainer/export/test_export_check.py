"""The bounds that formats are held to: what is measured, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.features import DEEPSPEECH
from tests.trainer.spoken_commands import Commands
from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import Dense
from trainer.data.clips import read_rows
from trainer.export.export_check import (
    Sample,
    divergence,
    largest_difference,
    near_enough,
    same_as_keras,
    sample_of,
)
from trainer.model_folder import ModelFolder
from trainer.normalisation import Normalisation

Floats = NDArray[np.float32]
PATH = Path("/tmp/x/model.int8.onnx")
MODEL = ModelFolder(
    Path("/tmp/x"),
    Geometry(26, 4, (Dense(units=3),)),
    DEEPSPEECH,
    Alphabet((" ", "a", "b")),
    None,
    normalisation=Normalisation("utterance"),
)


def log_probs(*rows: list[float]) -> Floats:
    return np.log(np.array(rows, np.float32))


def saying(text: str, share: float = 0.97) -> Floats:
    """A frame for each character, of this probability; the blank is _."""
    rows = np.full((len(text), 4), (1 - share) / 3, np.float32)
    rows[np.arange(len(text)), [" ab_".index(one) for one in text]] = share
    return np.log(rows)


class Told:
    """A model that says what it is told to."""

    def __init__(self, *answers: Floats) -> None:
        self._answers = list(answers)

    def log_probs(self, features: Floats) -> Floats:
        return self._answers.pop(0)


def sample(*texts: str) -> Sample:
    return Sample([np.zeros((1, 26), np.float32) for _ in texts], list(texts))


def test_the_divergence_is_that_of_the_definition() -> None:
    one, other = log_probs([0.5, 0.5], [0.9, 0.1]), log_probs([0.25, 0.75], [0.9, 0.1])
    first = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert divergence([one], [other]) == pytest.approx(first / 2, rel=1e-6)
    assert divergence([one[:1], one[1:]], [other[:1], other[1:]]) == pytest.approx(first / 2)
    assert divergence([one], [one]) == 0


def test_the_largest_difference_keeps_nan() -> None:
    one = log_probs([0.5, 0.5], [0.9, 0.1])
    assert largest_difference([one], [one + np.float32(0.25)]) == 0.25
    spoiled = one.copy()
    spoiled[1, 0] = np.nan
    assert math.isnan(largest_difference([one, one], [spoiled, one]))
    with pytest.raises(ValueError, match=r"of shape \(1, 2\), not \(2, 2\)"):
        largest_difference([one], [one[:1]])


def test_what_keras_does_not_say_is_refused() -> None:
    one = saying("ab")
    assert same_as_keras(PATH, [one], [one]) == {"difference": 0, "clips": 1}
    with pytest.raises(MynaError) as raised:
        same_as_keras(PATH, [one], [one + np.float32(0.002)])
    assert str(raised.value) == (
        "model.int8.onnx: differs from the Keras model by 0.002 in natural log-probabilities, "
        "where 0.001 is allowed. It has not been written; please report this"
    )
    with pytest.raises(MynaError, match="differs from the Keras model by nan"):
        same_as_keras(PATH, [one], [one * np.float32(np.nan)])


def test_8_bits_within_the_bounds() -> None:
    whole, rounded = saying("ab a_b"), saying("ab a_b", 0.969)
    facts = near_enough(PATH, MODEL, sample("ab ab"), [whole], Told(rounded))
    assert facts.pop("divergence") == pytest.approx(divergence([whole], [rounded]))
    assert facts == {"wer": 0.0, "wer_of_model": 0.0, "clips": 1}


def test_8_bits_that_are_far_off() -> None:
    with pytest.raises(MynaError) as raised:
        near_enough(PATH, MODEL, sample("ab"), [saying("ab")], Told(saying("ab", 0.7)))
    assert str(raised.value) == (
        "model.int8.onnx: its probabilities are 0.25 nats a frame from those with whole weights, "
        "where 0.02 is allowed. Weights in 8 bits are no good for this model: leave this format "
        "out of --formats"
    )
    nothing = np.full_like(saying("ab"), np.nan)
    with pytest.raises(MynaError, match="its probabilities are nan nats a frame"):
        near_enough(PATH, MODEL, sample("ab"), [saying("ab")], Told(nothing))


def nearly(text: str, other: str) -> tuple[Floats, Floats]:
    """Two answers that are near each other, of which one writes this text and one the other."""
    shares = np.full((len(text), 4), 0.1, np.float32)
    places = [" ab_".index(one) for one in text], [" ab_".index(one) for one in other]
    made = []
    for first, second in (places, places[::-1]):
        rows = shares.copy()
        for frame, (one, two) in enumerate(zip(first, second, strict=True)):
            rows[frame, two] = 0.395
            rows[frame, one] = 0.405 if one != two else 0.7
        made.append(np.log(rows))
    return made[0], made[1]


def test_8_bits_that_write_more_words_wrong() -> None:
    """One more is always allowed, and else a hundredth of all words."""
    whole, rounded = nearly("ab ab ab", "ab bb ab")
    facts = near_enough(PATH, MODEL, sample("ab ab ab"), [whole], Told(rounded))
    assert (facts["wer"], facts["wer_of_model"]) == (1 / 3, 0)
    whole, rounded = nearly("ab ab ab", "ab bb bb")
    with pytest.raises(MynaError) as raised:
        near_enough(PATH, MODEL, sample("ab ab ab"), [whole], Told(rounded))
    assert str(raised.value) == (
        "model.int8.onnx: WER 66.67% on 1 clips, where the model with whole weights has 0.00%; 1% "
        "more is allowed. Leave this format out of --formats"
    )
    facts = near_enough(PATH, MODEL, sample("ab ab ab"), [rounded], Told(whole))
    assert (facts["wer"], facts["wer_of_model"]) == (0, 2 / 3)  # better is no harm


def test_a_sample_is_heard_as_the_model_hears(commands: Commands, tmp_path: Path) -> None:
    rows = read_rows([commands.dev])[:3]
    clips = [(row.path, row.entry.transcript) for row in rows]
    made = sample_of(clips, MODEL, threads=2)
    assert made.texts == [text for _, text in clips]
    for one in made.features:
        np.testing.assert_allclose(one.mean(axis=0), 0, atol=1e-5)  # normalised by utterance
    with pytest.raises(MynaError, match="no such clip"):
        sample_of([(tmp_path / "no.wav", "a")], MODEL, threads=1)
