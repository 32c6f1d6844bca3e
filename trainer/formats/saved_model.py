"""A model as TensorFlow's SavedModel, for programs that have TensorFlow: written, and run.

Its signature `serving_default` takes whole clips:

    features      [batch, frames, inputs] float32, zeros past each clip's end
    lengths       [batch] int32
    log_probs     [batch, output frames, labels] float32, natural logarithm
    output_frames [batch] int32: how many of them are of the clip
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from importers.errors import MynaError
from trainer.architecture.geometry import Geometry, output_frames

Floats = NDArray[np.float32]
_SIGNATURE = "serving_default"


def write_saved_model(model: keras.Model, geometry: Geometry, path: Path) -> None:
    """Write the model of plain layers (model.py) into the folder ``path``.

    Raises MynaError where Keras computes by another backend than TensorFlow, and where the folder
    cannot be written.
    """
    if keras.backend.backend() != "tensorflow":
        raise MynaError(
            f"a SavedModel is made of TensorFlow's variables, and Keras runs on "
            f"{keras.backend.backend()}. Run the same command with KERAS_BACKEND=tensorflow"
        )
    stride = geometry.stride

    def serve(features: tf.Tensor, lengths: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model([features, lengths], training=False)
        return {
            "log_probs": tf.nn.log_softmax(logits),
            "output_frames": output_frames(lengths, stride),
        }

    signature = [
        tf.TensorSpec((None, None, geometry.inputs), tf.float32, "features"),
        tf.TensorSpec((None,), tf.int32, "lengths"),
    ]
    # Not keras.export.ExportArchive: of Keras 3.15 it keeps every weight twice.
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    function = tf.function(serve, autograph=False).get_concrete_function(*signature)
    try:
        tf.saved_model.save(module, str(path), signatures={_SIGNATURE: function})
    except tf.errors.OpError as error:
        what = " ".join(str(error.message).split())[:300]
        raise MynaError(f"{path}: TensorFlow cannot write it: {what}") from None


class SavedAcousticModel:
    """The SavedModel of a model. Threads may share one.

    Raises MynaError for a folder that TensorFlow cannot load, and for one that was made for another
    geometry.
    """

    def __init__(self, path: Path, geometry: Geometry) -> None:
        self.geometry = geometry
        try:
            self._loaded = tf.saved_model.load(str(path))  # what it holds must outlive this call
            self._serve = self._loaded.signatures[_SIGNATURE]
        except Exception as error:  # its exceptions have no class in common but this
            what = " ".join(str(error).split())[:300]
            raise MynaError(f"{path}: TensorFlow cannot load it: {what}") from None
        given = self._serve.structured_input_signature[1]
        made = self._serve.structured_outputs
        sizes = [
            of[name].shape[-1] if name in of else None
            for of, name in ((given, "features"), (made, "log_probs"))
        ]
        if sizes != [geometry.inputs, geometry.labels]:
            raise MynaError(f"{path}: made for another geometry than its model.json has")

    def log_probs(self, features: Floats) -> Floats:
        """Natural logarithms [output frames, labels] of a clip's features [frames, inputs].

        Raises ValueError for features of another width than the model's.
        """
        if features.ndim != 2 or features.shape[1] != self.geometry.inputs:
            raise ValueError(
                f"features of shape {features.shape} for a model of {self.geometry.inputs} "
                "coefficients a frame"
            )
        if not len(features):
            return np.zeros((0, self.geometry.labels), np.float32)
        made = self._serve(
            features=tf.constant(features[None]),
            lengths=tf.constant([len(features)], tf.int32),
        )
        log_probs: Floats = made["log_probs"].numpy()[0]
        return log_probs[: self.geometry.output_frames(len(features))]
