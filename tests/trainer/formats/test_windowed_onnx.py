"""Model folders of format 1 are read and say what they said then."""

from pathlib import Path

import numpy as np
import pytest

from trainer.architecture.geometry import deep_speech
from trainer.formats.acoustic_model import AcousticModel
from trainer.model_folder import ModelError, ModelFolder
from trainer.normalisation import Normalisation

FOLDER = Path(__file__).parent / "format_1"


@pytest.mark.parametrize("name", ["forward", "both-ways"])
def test_a_folder_of_format_1_says_what_it_said(name: str) -> None:
    folder = ModelFolder.read(FOLDER / name)
    assert folder.normalisation == Normalisation()
    assert folder.geometry == deep_speech(
        inputs=26,
        labels=4,
        context=2,
        dense=(4, 3),
        recurrent=3,
        bidirectional=name == "both-ways",
        dense_after=4,
        relu_clip=1.5,
    )
    expected = np.load(FOLDER / name / "expected.npy")
    features = (30 * np.random.default_rng(1).normal(size=(50, 26))).astype(np.float32)
    model = AcousticModel(folder.onnx, folder.geometry)
    np.testing.assert_allclose(model.log_probs(features), expected, rtol=0, atol=1e-5)
    for piece in (1, 7, 30):
        pieces = model.log_probs(features, piece_frames=piece)
        np.testing.assert_allclose(pieces, expected, rtol=0, atol=1e-5)
    batch = model.log_probs_batch([features[:20], features])
    np.testing.assert_allclose(batch[1], expected, rtol=0, atol=1e-5)
    assert batch[0].shape == (20, 4)


def test_a_geometry_of_format_1_that_is_none(tmp_path: Path) -> None:
    for file in (FOLDER / "forward").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    description = tmp_path / "model.json"
    description.write_text(description.read_text().replace('"recurrent"', '"rcurrent"'))
    with pytest.raises(ModelError, match=r"model.json: geometry: not the sizes of a network: "):
        ModelFolder.read(tmp_path)
