"""How long a training took, by its own log: also one that has been interrupted."""

import csv
from pathlib import Path

from trainer.loop.training_log import NAME


def training_seconds(folder: Path) -> float:
    """Of all epochs in the folder of a model, dev included."""
    with (folder / NAME).open(newline="") as stream:
        return sum(float(row["seconds"]) for row in csv.DictReader(stream))
