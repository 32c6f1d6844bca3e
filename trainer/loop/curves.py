"""The curves of a training as a picture, OUT/curves.png: losses, and error rates on dev."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from importers.storage import put_atomic_bytes
from trainer.loop.progress import EpochResult, Progress

NAME = "curves.png"
_DOTS_AN_INCH = 120
_SHARE = 0.05
"""Of the time, that pictures may take."""

Curve = tuple[str, Sequence[float]]


class Curves:
    """A picture that is renewed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._due = 0.0

    def renew(self, progress: Progress) -> None:
        """Draw it anew after an epoch, unless epochs are so short that drawing would be a burden.

        Raises OSError.
        """
        if time.monotonic() >= self._due:
            self.draw(progress)

    def draw(self, progress: Progress) -> None:
        """Draw what there is to draw. Raises OSError."""
        if not progress.history:
            return
        started = time.monotonic()
        with put_atomic_bytes(self._path) as stream:
            write_curves(stream, progress)
        now = time.monotonic()
        self._due = now + (now - started) / _SHARE


def write_curves(stream: BinaryIO, progress: Progress) -> None:
    """PNG: losses above, error rates below, the best epoch marked."""
    history = progress.history
    # Without pyplot, which would look for a display and keep every figure.
    figure = Figure(figsize=(7, 7), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, sharex=True)
    losses = [
        ("train", [one.train_loss for one in history]),
        ("dev", [one.dev_loss for one in history]),
    ]
    rates = [
        ("WER", [100 * one.dev_wer for one in history]),
        ("CER", [100 * one.dev_cer for one in history]),
    ]
    _draw(above, losses, progress.best, label="loss a clip")
    _draw(below, rates, progress.best, label="error rate on dev, %")
    below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    before = progress.epochs_before
    below.set_xlabel(f"epoch, after {before} of earlier trainings" if before else "epoch")
    figure.savefig(stream, format="png", dpi=_DOTS_AN_INCH, metadata={"Software": None})


def _draw(axes: Axes, curves: Sequence[Curve], best: EpochResult | None, *, label: str) -> None:
    for name, values in curves:
        # A dot a value: a line of one value would not be seen.
        axes.plot(range(1, len(values) + 1), values, label=name, marker=".", markersize=4)
    if best is not None:
        axes.axvline(best.epoch, color="grey", linestyle=":", label=f"best: epoch {best.epoch}")
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
