"""A model in any of its formats, as recognition asks for it: features in, log-probabilities out."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from importers.errors import MynaError
from trainer.model_folder import ModelFolder
from trainer.model_formats import ModelFormat

Floats = NDArray[np.float32]


class Runtime(Protocol):
    """A model that is loaded. Threads may share one."""

    def log_probs(self, features: Floats) -> Floats:
        """Natural logarithms [output frames, labels] of a clip's features [frames, inputs].

        The features are normalised. Raises ValueError for those of another width than the model's.
        """


def load_model(
    folder: ModelFolder, wanted: ModelFormat, *, threads: int = 1, packed: bool = False
) -> Runtime:
    """The model of a folder in a format that lies there.

    ``threads`` are for one clip; with ``packed`` ONNX is made faster, and takes longer to load
    (acoustic_model.py). Each format's own library is loaded, and no other. Raises MynaError for a
    file that cannot be loaded, for one of another geometry, and where the library is not installed.
    """
    path = folder.file_of(wanted)
    match wanted:
        case ModelFormat.ONNX | ModelFormat.ONNX_INT8:
            from trainer.formats.acoustic_model import AcousticModel

            # In 8 bits, most of the speed is in how weights are laid out.
            packed = packed or wanted is ModelFormat.ONNX_INT8
            return AcousticModel(path, folder.geometry, threads=threads, packed=packed)
        case ModelFormat.SAVED_MODEL:
            from trainer.learning.tensorflow_log import quiet_tensorflow

            quiet_tensorflow()
            try:
                from trainer.formats.saved_model import SavedAcousticModel
            except ImportError:
                raise MynaError(
                    f"{path}: to run it takes TensorFlow, which is not installed. "
                    "pip install '.[trainer]' installs it; or name another format with --format"
                ) from None

            return SavedAcousticModel(path, folder.geometry)
        case ModelFormat.LITERT | ModelFormat.LITERT_INT8:
            from trainer.formats.litert_model import LiteRtModel

            return LiteRtModel(path, folder.geometry, threads=threads)
