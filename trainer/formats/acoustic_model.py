"""Runs an acoustic model's ONNX: features in, log-probabilities out. onnx_graph.py has the graph.

ONNX Runtime on the CPU; neither TensorFlow nor Keras is loaded. Weights that lie beside the file
(outside_data.py) are mapped into memory, so that a model is there at once and processes share it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from importers.errors import MynaError
from trainer.architecture.geometry import Geometry
from trainer.formats.windowed_onnx import WindowedSession, is_windowed

Floats = NDArray[np.float32]
PIECE_FRAMES = 3000
"""Frames a run of a model that streams: what a clip takes of memory does not grow with it."""
WHOLE = 1 << 30
"""The lengths that are given with pieces: nothing of them is padding."""


class AcousticModel:
    """The ONNX file of a model. Threads may share one.

    ``threads`` is for the work inside one run. ``packed`` has weights laid out anew, in memory of
    the model's own: what loading then takes is won back by many clips. Raises MynaError for a file
    that ONNX Runtime cannot load, and for one that was made for another geometry.
    """

    def __init__(
        self, path: Path, geometry: Geometry, *, threads: int = 1, packed: bool = False
    ) -> None:
        self.geometry = geometry
        session = _session(path, threads, packed=packed)
        given, made = session.get_inputs(), session.get_outputs()
        states = [one.name for one in geometry.states]
        windowed = is_windowed(session)
        named = windowed or [one.name for one in given][3:] == states
        sizes = given[0].shape[-1], made[0].shape[-1]
        if not named or sizes != (geometry.inputs, geometry.labels):
            raise MynaError(f"{path}: made for another geometry than its model.json has")
        self._session = WindowedSession(session, geometry) if windowed else session

    def log_probs(self, features: Floats, *, piece_frames: int = PIECE_FRAMES) -> Floats:
        """Natural logarithms [output frames, labels] of a clip's features [frames, inputs].

        A model that streams runs over some ``piece_frames`` at a time; the result is the same.
        """
        if not self.geometry.streaming or len(features) <= piece_frames:
            return self.log_probs_batch([features])[0]
        states = self._no_states(1)
        pieces = []
        for start, end in _pieces(len(features), piece_frames, self.geometry):
            piece = features[None, start:end]
            log_probs, states = self._run(piece, [WHOLE], states, last=end == len(features))
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
            batch = np.stack(
                [np.pad(clips[i], ((0, longest - len(clips[i])), (0, 0))) for i in heard]
            )
            states = self._no_states(len(heard))
            log_probs, _ = self._run(batch, [lengths[i] for i in heard], states, last=True)
            for index, values in zip(heard, log_probs, strict=True):
                results[index] = values[: self.geometry.output_frames(lengths[index])]
        return results

    def _no_states(self, batch: int) -> list[Floats]:
        return [np.zeros((batch, s.frames, s.width), np.float32) for s in self.geometry.states]

    def _run(
        self, features: Floats, lengths: list[int], states: list[Floats], *, last: bool
    ) -> tuple[Floats, list[Floats]]:
        given = {"features": features, "lengths": np.array(lengths, np.int32)}
        if self.geometry.streaming:
            given["last"] = np.array([last], np.int64)
            names = [one.name for one in self.geometry.states]
            given |= dict(zip(names, states, strict=True))
        log_probs, *after = self._session.run(None, given)
        return log_probs, after


def _pieces(frames: int, piece: int, geometry: Geometry) -> list[tuple[int, int]]:
    """Where pieces begin and end; each is as long as onnx_graph.py demands."""
    ends = [max(piece, geometry.lookahead + geometry.stride)]
    while ends[-1] < frames:
        ends.append(ends[-1] + max(piece, geometry.stride))
    ends[-1] = frames
    if len(ends) > 1 and frames - ends[-2] < geometry.stride:
        del ends[-2]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _session(path: Path, threads: int, *, packed: bool) -> onnxruntime.InferenceSession:
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning take the core from the next clip's.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not packed:
        options.add_session_config_entry("session.disable_prepacking", "1")
    # Weights kept in 8 bits are made floats when the file is loaded, not in each run.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.log_severity_level = 3  # errors; its warnings speak of its own optimisations
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no class in common but this
        what = " ".join(str(error).split())
        raise MynaError(f"{path}: ONNX Runtime cannot load it: {what}") from None
