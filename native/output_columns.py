"""What the columns of an acoustic model's output mean, and whether an array is such an output.

    columns = OutputColumns([None, None, None, "|", "e", ...], blank=0, scale="logits")
    columns.checked(array)

Any CTC model will do: the blank may have any column, a label any text, and columns that must never
be written (``<s>``, ``<unk>``) have the label None.
"""

import operator
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from native import _native
from native.spelling import encoded, in_order

LogProbs = NDArray[np.float32] | NDArray[np.float64]
Scale = Literal["log_probs", "logits"]


class OutputColumns:
    """The columns of a model's output [frames, columns]. Does not change.

    `labels` are the texts of all columns but the blank's, in their order; None is a column that is
    never written. `blank` is the number of the blank's column, from the end if it is negative.
    `scale` says what the numbers are: "log_probs", natural logarithms of probabilities, or
    "logits", whose softmax over all columns gives the probabilities.

    Raises ValueError, with the reason, for labels that are empty or not distinct, none that could
    be written, another scale and a blank that is no column; TypeError for labels that are no list
    of strings (a string, a set, a vocabulary that is a dict: its order need not be the columns'),
    and for a blank that is no number.
    """

    def __init__(
        self, labels: Sequence[str | None], *, blank: int = -1, scale: Scale = "log_probs"
    ) -> None:
        if scale not in get_args(Scale):
            raise ValueError(f"scale must be 'log_probs' or 'logits', not {scale!r}")
        labels = in_order(labels, "labels")
        texts = [None if label is None else encoded(label, "a label") for label in labels]
        try:
            blank = operator.index(blank)
        except TypeError:
            raise TypeError(f"blank must be the number of a column, not {blank!r}") from None
        self.count = len(labels) + 1
        """Of all columns."""
        if not -self.count <= blank < self.count:
            raise ValueError(
                f"blank is {blank}: there are {self.count} columns, 0 to {len(labels)}"
            )
        self.labels = tuple(label for label in labels if label is not None)
        """Of the columns that can be written, in their order: the lexicon's labels."""
        written = [number for number, label in enumerate(labels) if label is not None]
        blank %= self.count
        self.places = [*(number + (number >= blank) for number in written), blank]
        """The columns of these labels, and last the blank's."""
        self.compiled = _native.OutputColumns(texts, blank, scale == "logits")
        """For native/decoder.py and native/alignment.py."""

    def checked(self, array: LogProbs, name: str = "log_probs") -> LogProbs:
        """The array, if it is such an output; a copy only of another byte order than the machine's.

        Raises TypeError for what is no array of float32 or float64, ValueError for a wrong shape.
        """
        return checked(array, self.count, name)


def checked(log_probs: LogProbs, columns: int, name: str = "log_probs") -> LogProbs:
    """The array, if it is an output of so many columns. See OutputColumns.checked."""
    array = checked_numbers(log_probs, name)
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(
            f"{name} has the shape {array.shape}; it must be [frames, {columns}]:"
            f" {columns - 1} labels and the blank"
        )
    return array


def checked_numbers(log_probs: object, name: str) -> LogProbs:
    """An array of float32 or float64 of any shape, in the machine's byte order.

    Raises TypeError for what is none.
    """
    if not isinstance(log_probs, np.ndarray):
        hint = ": give np.asarray of it" if hasattr(log_probs, "__array__") else ""
        raise TypeError(f"{name} must be a NumPy array, not {type(log_probs).__name__}{hint}")
    if isinstance(log_probs, np.ma.MaskedArray):
        raise TypeError(f"{name} is masked: give its frames alone, or a padded batch with lengths")
    native_type = log_probs.dtype.newbyteorder("=")
    if native_type == np.float32:
        return log_probs.astype(np.float32, copy=False)
    if native_type == np.float64:
        return log_probs.astype(np.float64, copy=False)
    raise TypeError(f"{name} must be float32 or float64, not {log_probs.dtype}")
