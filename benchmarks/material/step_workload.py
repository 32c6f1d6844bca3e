"""What is trained when a training step is timed: a preset's layers at a width, and one batch.

As files, for workers of any library: workload.json (geometry, settings) and batch.npz.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.architecture.geometry import Geometry
from trainer.architecture.geometry_file import geometry_from_json
from trainer.architecture.sequence_layers import Gru, Lstm, Rnn
from trainer.config import Training, read_preset

LABELS = 29
"""With the blank, which is last."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A preset with another width, and how much of it is in a batch."""

    preset: str
    width: int
    batch: int = 16
    frames: int = 300
    label_count: int = 30
    """A clip's."""
    dropout: float | None = None
    """None: the preset's."""
    recurrent_norm: bool = True
    """Whether recurrent layers keep their batch normalisation, where they have one."""
    precision: str = "float32"
    """Of products (trainer/learning/precision.py)."""

    @property
    def geometry(self) -> Geometry:
        """The sizes of all layers."""
        preset = read_preset(self.preset).changed({"width": self.width})
        geometry = preset.geometry(labels=LABELS)
        if self.recurrent_norm:
            return geometry
        layers = tuple(
            replace(layer, batch_norm=False) if isinstance(layer, Gru | Lstm | Rnn) else layer
            for layer in geometry.layers
        )
        return replace(geometry, layers=layers)

    @property
    def settings(self) -> Training:
        """The preset's, with our dropout and precision."""
        changes = {"dropout": self.dropout, "precision": self.precision}
        return read_preset(self.preset).changed(changes).training

    @property
    def comparable(self) -> bool:
        """Whether PyTorch computes the same to the letter (torch_acoustic_model.py)."""
        kinds = (layer for layer in self.geometry.layers if isinstance(layer, Gru | Lstm | Rnn))
        return not any(layer.batch_norm for layer in kinds)

    def write(self, folder: Path) -> None:
        """Leave it in a folder; the batch follows from the sizes."""
        settings, geometry = self.settings, self.geometry
        about: dict[str, Any] = {
            "geometry": geometry.to_json(),
            "settings": settings.model_dump(),
            "dropout": settings.dropout,
            "learning_rate": settings.learning_rate,
            "gradient_norm": settings.gradient_norm,
            "seed": settings.seed,
        }
        (folder / "workload.json").write_text(json.dumps(about))
        draw = np.random.default_rng(0)
        shape = (self.batch, self.frames, geometry.inputs)
        np.savez(
            folder / "batch.npz",
            features=draw.normal(size=shape).astype(np.float32),
            frames=np.full(self.batch, self.frames, np.int32),
            labels=draw.integers(0, LABELS - 1, (self.batch, self.label_count), np.int32),
            label_counts=np.full(self.batch, self.label_count, np.int32),
        )


def read_workload(folder: Path) -> tuple[Geometry, Training]:
    """What `write` left, but for the batch."""
    about = json.loads((folder / "workload.json").read_text())
    geometry = geometry_from_json(about["geometry"], "geometry")
    return geometry, Training.model_validate(about["settings"])
