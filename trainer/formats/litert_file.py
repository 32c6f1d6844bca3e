"""Writes a model that streams for LiteRT (litert_graph.py), by TensorFlow's converter.

Nothing but LiteRT's own operators is let in: others would be written without a word, and a device
has no runtime for them.
"""

import tempfile
from pathlib import Path

import tensorflow as tf

from importers.errors import MynaError
from trainer.architecture.geometry import Geometry
from trainer.formats.litert_graph import Weights, piece_function

SIGNATURE = "piece"
MOST_BYTES = 2_000_000_000
"""A FlatBuffer has offsets of 31 bits (https://flatbuffers.dev/internals)."""


def write_litert(
    geometry: Geometry, weights: Weights, path: Path, *, frames: int, eight_bits: bool = False
) -> None:
    """Write the model for pieces of so many frames; with ``eight_bits`` weights are rounded.

    Raises MynaError for a model that is too large or has what LiteRT has not, ValueError as
    piece_function does, and OSError.
    """
    size = sum(weight.nbytes for weight in weights.values())
    if size > MOST_BYTES:
        raise MynaError(
            f"the model has {size / 1e9:.1f} GB of weights, and a LiteRT file holds at most 2 GB. "
            "Export it as onnx"
        )
    function = piece_function(geometry, weights, frames)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        module = tf.Module()
        module.piece = function
        tf.saved_model.save(module, folder, signatures={SIGNATURE: function})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if eight_bits:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            path.write_bytes(converter.convert())
        except OSError:
            raise
        except Exception as error:  # the converter's own class, which is not public
            what = " ".join(str(error).split())[:300]
            raise MynaError(f"LiteRT cannot hold this model: {what}") from None
