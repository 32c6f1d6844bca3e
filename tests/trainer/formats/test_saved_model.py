"""SavedModel: whole clips in, what Keras says out; damaged folders are one line."""

import resource
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from importers.errors import MynaError
from tests.trainer.architecture.layer_lists import by_keras, geometry_of, heard, random_weights
from trainer.formats.saved_model import SavedAcousticModel, write_saved_model
from trainer.learning.model import plain_model


def written(folder: Path, name: str) -> Path:
    geometry = geometry_of(name)
    path = folder / "saved_model"
    write_saved_model(plain_model(geometry, random_weights(geometry)), geometry, path)
    return path


@pytest.mark.parametrize("name", ["conv2d", "both ways", "lookahead", "conformer"])
def test_it_says_what_keras_says(name: str, tmp_path: Path) -> None:
    path, geometry, clips = written(tmp_path, name), geometry_of(name), heard()
    model = SavedAcousticModel(path, geometry)
    expected = by_keras(plain_model(geometry, random_weights(geometry)), geometry, clips)
    for one, theirs in zip(clips, expected, strict=True):
        np.testing.assert_allclose(model.log_probs(one), theirs, rtol=0, atol=1e-5)
    assert model.log_probs(np.zeros((0, 10), np.float32)).shape == (0, 5)
    with pytest.raises(ValueError, match=r"shape \(9, 13\) for a model of 10 coefficients"):
        model.log_probs(np.zeros((9, 13), np.float32))


def test_every_weight_is_kept_once(tmp_path: Path) -> None:
    path = written(tmp_path, "both ways")
    sizes = [np.prod(shape) for shape in geometry_of("both ways").weight_shapes().values()]
    data = path / "variables" / "variables.data-00000-of-00001"
    assert data.stat().st_size < 4 * sum(sizes) + 5000


def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises((MynaError, OSError), match=r"cannot write it: |File too large"):
            written(tmp_path, "both ways")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_batch_says_how_much_of_it_counts(tmp_path: Path) -> None:
    serve = tf.saved_model.load(str(written(tmp_path, "conv2d"))).signatures["serving_default"]
    lengths = [21, 9]
    batch = np.zeros((2, 21, 10), np.float32)
    made = serve(features=tf.constant(batch), lengths=tf.constant(lengths, tf.int32))
    assert made["output_frames"].numpy().tolist() == [11, 5]
    assert made["log_probs"].shape == (2, 11, 5)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, "dense")
    (path / "saved_model.pb").write_bytes(b"no model")
    for _ in range(2):
        with pytest.raises(MynaError) as raised:
            SavedAcousticModel(path, geometry_of("dense"))
        assert str(raised.value).startswith(f"{path}: TensorFlow cannot load it: ")
        assert "\n" not in str(raised.value)
        (path / "saved_model.pb").unlink(missing_ok=True)


def test_a_model_of_another_geometry(tmp_path: Path) -> None:
    path = written(tmp_path, "dense")
    other = geometry_of("dense").__class__(11, 5, geometry_of("dense").layers)
    with pytest.raises(MynaError, match=r"made for another geometry than its model\.json has"):
        SavedAcousticModel(path, other)
