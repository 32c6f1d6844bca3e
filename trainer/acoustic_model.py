"""Runs an acoustic model's ONNX: features in, log-probabilities out. onnx_graph.py has the graph.

ONNX Runtime on the CPU; neither TensorFlow nor Keras is loaded.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from importers.errors import MynaError
from trainer.geometry import Geometry

Floats = NDArray[np.float32]
# Frames a run of a model that looks back only: what a clip takes of memory does not grow with it.
PIECE_FRAMES = 3000


class AcousticModel:
    """The ONNX file of a model. Threads may share one.

    ``threads`` is for the work inside one run. Raises MynaError for a file that ONNX Runtime cannot
    load, and for one that was made for another geometry.
    """

    def __init__(self, path: Path, geometry: Geometry, *, threads: int = 1) -> None:
        self.geometry = geometry
        self._session = _session(path, threads)
        shape = ["batch", "frames_with_context", geometry.inputs]
        if self._session.get_inputs()[0].shape != shape or (
            self._session.get_outputs()[0].shape[-1] != geometry.labels
        ):
            raise MynaError(f"{path}: made for another geometry than its model.json has")

    def log_probs(self, features: Floats, *, piece_frames: int = PIECE_FRAMES) -> Floats:
        """Natural logarithms [frames, labels] of one clip's features [frames, inputs].

        A model that looks back only runs over ``piece_frames`` at a time; the result is the same.
        """
        if self.geometry.bidirectional or len(features) <= piece_frames:
            return self.log_probs_batch([features])[0]
        padded = self._padded(features, len(features))
        states = self._no_states(1)
        pieces = []
        for start in range(0, len(features), piece_frames):
            piece = padded[start : start + piece_frames + 2 * self.geometry.context]
            frames = len(piece) - 2 * self.geometry.context
            log_probs, states = self._run(piece[None], [frames], states=states)
            pieces.append(log_probs[0])
        return np.concatenate(pieces)

    def log_probs_batch(self, clips: Sequence[Floats]) -> list[Floats]:
        """`log_probs` of several clips in one run, which takes the memory of the longest for each.

        Raises ValueError for features of another width than the model's.
        """
        for features in clips:
            if features.ndim != 2 or features.shape[1] != self.geometry.inputs:
                raise ValueError(
                    f"features of shape {features.shape} for a model of {self.geometry.inputs} "
                    "coefficients a frame"
                )
        lengths = [len(features) for features in clips]
        heard = [index for index, length in enumerate(lengths) if length > 0]
        results = [np.zeros((0, self.geometry.labels), np.float32) for _ in clips]
        if heard:
            longest = max(lengths)
            batch = np.stack([self._padded(clips[index], longest) for index in heard])
            states = self._no_states(len(heard))
            log_probs, _ = self._run(batch, [lengths[index] for index in heard], states=states)
            for index, values in zip(heard, log_probs, strict=True):
                results[index] = values[: lengths[index]]
        return results

    def _padded(self, features: Floats, frames: int) -> Floats:
        """Zeros for the neighbours before the beginning, and from the end on."""
        context = self.geometry.context
        behind = frames - len(features) + context
        return np.pad(features, ((context, behind), (0, 0)))

    def _no_states(self, batch: int) -> list[Floats]:
        if self.geometry.bidirectional:
            return []
        shape = (1, batch, self.geometry.recurrent)
        return [np.zeros(shape, np.float32), np.zeros(shape, np.float32)]

    def _run(
        self, features: Floats, lengths: list[int], *, states: list[Floats]
    ) -> tuple[Floats, list[Floats]]:
        given = {"features": features, "lengths": np.array(lengths, np.int32)}
        given |= dict(zip(("initial_h", "initial_c"), states, strict=False))
        log_probs, *after = self._session.run(None, given)
        return log_probs, after


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning take the core from the next clip's.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; its warnings speak of its own optimisations
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no class in common but this
        what = " ".join(str(error).split())
        raise MynaError(f"{path}: ONNX Runtime cannot load it: {what}") from None
