"""Test sets recognised: the right texts in the right order, and what is said of what is wrong."""

import json
import re
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from importers.errors import FormatError, MynaError, UsageError
from native.audio import decode
from native.features import Samples
from tests.trainer.taught_model import ALPHABET, GEOMETRY, digit_manifest, teach
from tests.trainer.weights import random_weights
from trainer.evaluation import Evaluation
from trainer.evaluation_run import measure
from trainer.model_folder import ModelFolder
from trainer.recognizer import LogProbs, Recognizer

Digits = Mapping[Path, str]


def texts(evaluation: Evaluation | None) -> dict[str, str]:
    """What was recognised, by the transcript."""
    assert evaluation is not None
    return {one.reference: one.hypothesis for one in evaluation.scored}


def test_with_and_without_a_language_model(
    language_model: Path, digits: Digits, tmp_path: Path
) -> None:
    misspelled = teach(tmp_path / "m", {path: text[:-1] + "x" for path, text in digits.items()})
    path = digit_manifest(tmp_path, digits)
    greedy = {text: text[:-1] + "x" for text in digits.values()}
    alone = measure(Recognizer(misspelled.path), [path], threads=1)
    assert texts(alone.greedy) == greedy
    assert alone.searched is None
    both = measure(Recognizer(misspelled.path, language_model), [path], threads=2)
    assert texts(both.greedy) == greedy
    assert texts(both.searched) == {text: text for text in digits.values()}


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_saved_is_what_the_model_says_in_the_order_of_the_rows(
    taught: ModelFolder, digits: Digits, tmp_path: Path, threads: int
) -> None:
    recognizer = Recognizer(taught.path)
    path, saved = digit_manifest(tmp_path, digits, times=5), tmp_path / "test.npz"
    measured = measure(recognizer, [path, path], threads=threads, save_logits=saved)
    assert len(measured.greedy.scored) == 50
    assert measured.greedy.words.rate == 0
    with np.load(saved, allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        assert about["alphabet"] == list(ALPHABET.labels)
        rows = [(f"{clip.stem}.wav", text) for clip, text in digits.items()] * 10
        assert [(one["name"], one["transcript"]) for one in about["clips"]] == rows
        for number, clip in enumerate([*digits] * 10):
            expected = recognizer.log_probs(decode(str(clip)))
            assert np.array_equal(file[f"log_probs/{number}"], expected)


class Counting(Recognizer):
    """Counts the clips whose log-probabilities are in memory at once."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._given: list[weakref.ref[LogProbs]] = []
        self._lock = threading.Lock()
        self.most = 0

    def log_probs(self, samples: Samples) -> LogProbs:
        made = super().log_probs(samples)
        with self._lock:
            self._given = [one for one in self._given if one() is not None]
            self._given.append(weakref.ref(made))
            self.most = max(self.most, len(self._given))
        return made


def test_what_is_in_memory_does_not_grow_with_the_test_set(
    taught: ModelFolder, digits: Digits, tmp_path: Path
) -> None:
    path = digit_manifest(tmp_path, digits, times=40)
    recognizer = Counting(taught.path)
    assert len(measure(recognizer, [path], threads=2).greedy.scored) == 200
    assert recognizer.most <= 2
    recognizer = Counting(taught.path)
    measure(recognizer, [path], threads=2, save_logits=tmp_path / "test.npz")
    assert recognizer.most <= 12


def test_a_model_that_says_nonsense_is_one_line(
    taught: ModelFolder, language_model: Path, digits: Digits, tmp_path: Path
) -> None:
    weights = random_weights(GEOMETRY)
    weights["output/bias"][3] = np.nan
    ModelFolder(tmp_path / "m", GEOMETRY, taught.features, ALPHABET, None).write(weights)
    path, saved = digit_manifest(tmp_path, digits), tmp_path / "test.npz"
    expected = f"{path}:2: {tmp_path}/m: what this model says cannot be decoded: "
    for package in (None, language_model):
        recognizer = Recognizer(tmp_path / "m", package)
        with pytest.raises(MynaError, match=f"^{re.escape(expected)}.*NaN") as caught:
            measure(recognizer, [path], threads=2, save_logits=saved)
        assert "\n" not in str(caught.value)
        assert not list(tmp_path.glob("*.npz*")) + list(tmp_path.glob(".*"))


def test_what_is_wrong_is_said_before_the_first_clip(
    taught: ModelFolder, digits: Digits, tmp_path: Path
) -> None:
    recognizer = Counting(taught.path)
    path = digit_manifest(tmp_path, digits)
    with pytest.raises(UsageError, match="there is no folder"):
        measure(recognizer, [path], threads=2, save_logits=tmp_path / "none" / "x.npz")
    *_, last = tmp_path.glob("9*.wav")
    last.write_bytes(last.read_bytes()[:-2])
    expected = f"{path}:6: {last}: ends before the length in its header. Import it again"
    with pytest.raises(FormatError, match=f"^{re.escape(expected)}$"):
        measure(recognizer, [path], threads=2)
    last.unlink()
    with pytest.raises(FormatError, match=f"^{path}:6: {last}: no such clip"):
        measure(recognizer, [path], threads=2)
    assert recognizer.most == 0
