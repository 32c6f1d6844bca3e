"""A model that has learned a few clips by heart, without training: random layers, and an output
layer solved by least squares so that each frame says its label. What it hears in those clips is
known to the letter, so whatever goes wrong on the way from file to text shows.
"""

import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from native.audio import decode
from native.features import DEEPSPEECH, FeatureSpec, features
from tests.trainer.weights import random_weights
from trainer.architecture.geometry import deep_speech
from trainer.formats.onnx_graph import Weights
from trainer.model_folder import ModelFolder

CONTEXT = 2
ALPHABET = Alphabet((" ", "'", *"abcdefghijklmnopqrstuvwxyz"))
GEOMETRY = deep_speech(
    inputs=26,
    context=CONTEXT,
    dense=(64,),
    recurrent=64,
    bidirectional=False,
    dense_after=512,
    labels=29,
)
DIGITS = {"0": "zero", "3": "three", "6": "six", "7": "seven", "9": "nine"}


def digit_clips(test_data: Path) -> dict[Path, str]:
    """One clip of each of five digits."""
    folder = test_data / "fsdd" / "recordings"
    return {folder / f"{digit}_jackson_1.wav": word for digit, word in DIGITS.items()}


def digit_manifest(folder: Path, digits: Mapping[Path, str], times: int = 1) -> Path:
    """A CSV of the clips, so many times over, beside WAVs of what is heard in them."""
    for clip in digits:
        with wave.open(str(folder / f"{clip.stem}.wav"), "wb") as writer:
            writer.setparams((1, 2, 16000, 0, "NONE", ""))
            writer.writeframes(decode(str(clip)).tobytes())
    rows = [f"{clip.stem}.wav,1,{text}\n" for clip, text in digits.items()]
    path = folder / "test.csv"
    path.write_text("wav_filename,wav_filesize,transcript\n" + "".join(rows * times))
    return path


def teach(
    folder: Path,
    texts: Mapping[Path, str],
    alphabet: Alphabet = ALPHABET,
    spec: FeatureSpec = DEEPSPEECH,
) -> ModelFolder:
    """Writes a model that hears these texts in these clips."""
    weights = random_weights(GEOMETRY)
    hidden, wanted = [], []
    for path, text in texts.items():
        rows = _hidden(weights, features(decode(str(path)), spec))
        hidden.append(rows)
        wanted.append(_alignment(alphabet.encode(text), len(rows), alphabet.blank))
    inputs = np.concatenate(hidden)
    targets = 12 * np.eye(GEOMETRY.labels)[np.concatenate(wanted)]
    kernel, *_ = np.linalg.lstsq(inputs, targets, rcond=1e-7)
    assert np.array_equal((inputs @ kernel).argmax(axis=1), np.concatenate(wanted))
    weights["output/kernel"] = kernel.astype(np.float32)
    weights["output/bias"] = np.zeros(GEOMETRY.labels, np.float32)
    model = ModelFolder(folder, GEOMETRY, spec, alphabet, "en", {"taught": len(texts)})
    model.write(weights)
    return model


def _alignment(ids: list[int], frames: int, blank: int) -> NDArray[np.int64]:
    """The label of each frame: those of the text at equal distances, blanks between."""
    assert frames >= 2 * len(ids) + 1
    labels = np.full(frames, blank)
    labels[np.linspace(1, frames - 2, len(ids)).astype(int)] = ids
    return labels


def _hidden(weights: Weights, clip: NDArray[np.float32]) -> NDArray[np.float64]:
    """What reaches the output layer of a model that looks back only, [frames, dense_after]."""

    def dense(rows: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        sums = rows @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]
        return np.clip(sums, 0, 20)

    padded = np.pad(clip.astype(np.float64), ((CONTEXT, CONTEXT), (0, 0)))
    width = 2 * CONTEXT + 1
    hidden = np.stack([padded[t : t + width].ravel() for t in range(len(clip))])
    hidden = dense(hidden, "dense_1")
    return dense(_lstm(weights, hidden), "dense_after")


def _lstm(weights: Weights, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel, recurrent, bias = (
        weights[f"lstm_forward/{part}"] for part in ("kernel", "recurrent", "bias")
    )
    h = c = np.zeros(len(recurrent))
    states = []
    for row in rows:
        enter, keep, new, out = np.split(row @ kernel + h @ recurrent + bias, 4)
        c = _sigmoid(keep) * c + _sigmoid(enter) * np.tanh(new)
        h = _sigmoid(out) * np.tanh(c)
        states.append(h)
    return np.stack(states)


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-values))
