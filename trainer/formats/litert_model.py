"""Runs a model of LiteRT (litert_graph.py): features in, log-probabilities out, piece by piece.

By ai-edge-litert; neither TensorFlow nor Keras is loaded.
"""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from importers.errors import MynaError
from trainer.architecture.geometry import Geometry
from trainer.architecture.pieces import Pieces, pieces_of

Floats = NDArray[np.float32]
ENDLESS = 1 << 30
"""The length that is given as long as a clip's end has not come."""
_SIGNATURE = "piece"


class LiteRtModel:
    """The LiteRT file of a model. Threads may share one: each has an interpreter of its own.

    Raises MynaError where ai-edge-litert is not installed, for a file that it cannot load, and for
    one that was made for another geometry.
    """

    def __init__(self, path: Path, geometry: Geometry, *, threads: int = 1) -> None:
        self._path, self._threads, self.geometry = path, threads, geometry
        self._local = threading.local()
        given = self._runner().get_input_details()
        frames = given["features"]["shape"][1] if "features" in given else 0
        try:
            self.pieces: Pieces = pieces_of(geometry, int(frames))
        except ValueError as error:
            raise MynaError(f"{path}: {error}") from None
        expected: dict[str, tuple[int, ...]] = {
            "features": (1, self.pieces.frames, geometry.inputs),
            "start": (1,),
            "length": (1,),
            **{one.name: (1, one.frames, one.width) for one in self.pieces.states},
        }
        if {name: tuple(one["shape"]) for name, one in given.items()} != expected:
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
        made = self.geometry.output_frames(len(features))
        if not made:
            return np.zeros((0, self.geometry.labels), np.float32)
        pieces, size = self.pieces.needed(made), self.pieces.frames
        padded = np.pad(features, ((0, pieces * size - len(features)), (0, 0)))
        runner, outputs = self._runner(), []
        states = {s.name: np.zeros((1, s.frames, s.width), np.float32) for s in self.pieces.states}
        for start in range(0, pieces * size, size):
            over = start + size >= len(features)
            given = {
                "features": padded[None, start : start + size],
                "start": np.array([start], np.int32),
                "length": np.array([len(features) if over else ENDLESS], np.int32),
            }
            found = runner(**given, **states)
            states = {name: found[f"next_{name}"] for name in states}
            outputs.append(found["log_probs"][0])
        late = self.pieces.late
        log_probs: Floats = np.concatenate(outputs)[late : late + made]
        return log_probs

    def _runner(self) -> Any:
        """This thread's own."""
        if not hasattr(self._local, "runner"):
            self._local.runner = _load(self._path, self._threads)
        return self._local.runner


def _load(path: Path, threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise MynaError(
            f"{path}: to run it takes ai-edge-litert, which is not installed. "
            "pip install '.[litert]' installs it; or name another format with --format"
        ) from None
    try:
        interpreter = Interpreter(model_path=str(path), num_threads=threads)
        interpreter.allocate_tensors()
        return interpreter.get_signature_runner(_SIGNATURE)
    except (ValueError, RuntimeError) as error:
        what = " ".join(str(error).split())
        raise MynaError(f"{path}: LiteRT cannot load it: {what}") from None
