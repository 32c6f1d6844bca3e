"""The programs of docs/export.md run as they stand, and what they show is what the model says."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from native.features import DEEPSPEECH
from tests.trainer.weights import FORWARD, random_weights
from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import Conv1d, Lookahead
from trainer.architecture.sequence_layers import Gru
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.litert_file import write_litert
from trainer.formats.onnx_graph import write_onnx
from trainer.model_folder import ModelFolder
from trainer.normalisation import Normalisation


def programs(checkout: Path) -> list[str]:
    text = (checkout / "docs" / "export.md").read_text(encoding="utf-8")
    found: list[str] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return found


def test_onnx_in_pieces_whatever_is_left_over(checkout: Path, tmp_path: Path) -> None:
    """A stride of 6: the last piece may not be shorter, and the first must be longer."""
    layers = (Conv1d(filters=6, kernel=5, step=2), Conv1d(filters=6, kernel=3, step=3))
    geometry = Geometry(26, 5, (*layers, Gru(units=5), Lookahead(tau=20)))
    write_onnx(geometry, random_weights(geometry), tmp_path / "model.onnx")
    model = AcousticModel(tmp_path / "model.onnx", geometry)
    least = geometry.lookahead + geometry.stride
    assert (geometry.stride, least) == (6, 130)
    for frames in (1, 5, 99, 129, 130, 131, 135, 136, 137, 229, 230, 231, 235, 236, 330, 333):
        heard = np.random.default_rng(frames).normal(size=(frames, 26)).astype(np.float32)
        shown: list[NDArray[np.float32]] = []
        known = {"model": tmp_path, "geometry": geometry, "heard": heard, "show": shown.append}
        exec(programs(checkout)[0], known)
        expected = model.log_probs_batch([heard])[0]
        np.testing.assert_allclose(np.concatenate(shown), expected, rtol=0, atol=1e-5)


def test_its_programs_show_what_the_model_says(
    checkout: Path, test_data: Path, tmp_path: Path
) -> None:
    by_onnx, by_litert, hearing = programs(checkout)
    alphabet = Alphabet((" ", "'", *"abcdefghijklmnopqrstuvwxyz"))
    normalisation = Normalisation("corpus", (1.0,) * 26, (9.0,) * 26)
    folder = ModelFolder(
        tmp_path / "model", FORWARD, DEEPSPEECH, alphabet, "en", normalisation=normalisation
    )
    folder.write(random_weights(FORWARD))
    write_litert(FORWARD, random_weights(FORWARD), folder.path / "model.tflite", frames=16)
    clip = str(test_data / "fsdd" / "recordings" / "7_jackson_1.wav")
    known: dict[str, Any] = {"model": str(folder.path), "clip": clip}
    exec(hearing, known)
    expected = AcousticModel(folder.onnx, FORWARD).log_probs(known["heard"])
    assert len(expected) % 16  # the last piece is not whole
    for program in (by_onnx, by_litert):
        shown: list[NDArray[np.float32]] = []
        exec(program, {**known, "show": shown.append})
        np.testing.assert_allclose(np.concatenate(shown), expected, rtol=0, atol=1e-4)
