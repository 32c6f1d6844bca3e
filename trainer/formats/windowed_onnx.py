"""The ONNX of model folders of format 1, run as if it were of today's (onnx_graph.py).

    features  [batch, frames + 2 context, inputs]: with their neighbours, or zeros beyond the ends
    lengths   [batch] int32, at most `frames`
    log_probs [batch, frames, labels]

and, where the network looks back only, initial_h, initial_c and final_h, final_c
[1, batch, units]. Their geometry is a window, dense layers, an LSTM called lstm, a dense layer.
"""

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import Window

Floats = NDArray[np.float32]


def is_windowed(session: onnxruntime.InferenceSession) -> bool:
    """Whether a file is of format 1: its frames bring their neighbours."""
    return bool(session.get_inputs()[0].shape[1] == "frames_with_context")


class WindowedSession:
    """Takes and gives what a session of today's graph does."""

    def __init__(self, session: onnxruntime.InferenceSession, geometry: Geometry) -> None:
        self._session, self._streaming = session, geometry.streaming
        first = geometry.layers[0]
        self._context = first.after if isinstance(first, Window) else 0

    def run(self, _: None, given: dict[str, NDArray[Any]]) -> list[Floats]:
        """Log-probabilities, and the states behind them."""
        features, lengths, *more = given.values()
        if not self._streaming:
            return self._whole(features, lengths)
        (last,), *states = more
        context = self._context
        joined = np.concatenate([*states[:-2], features], axis=1) if context else features
        joined = np.pad(joined, ((0, 0), (0, context * int(last)), (0, 0)))
        frames = joined.shape[1] - 2 * context
        hidden, cell = (state.transpose(1, 0, 2) for state in states[-2:])
        log_probs, *after = self._session.run(
            None,
            {
                "features": joined,
                "lengths": np.minimum(lengths, frames),
                "initial_h": np.ascontiguousarray(hidden),
                "initial_c": np.ascontiguousarray(cell),
            },
        )
        before = [joined[:, frames:]] if context else []
        return [log_probs, *before, *(state.transpose(1, 0, 2) for state in after)]

    def _whole(self, features: Floats, lengths: NDArray[np.int32]) -> list[Floats]:
        padded = np.pad(features, ((0, 0), (self._context, self._context), (0, 0)))
        made: list[Floats] = self._session.run(None, {"features": padded, "lengths": lengths})
        return made
