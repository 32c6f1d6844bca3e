"""The flags of training that several commands have; a setting's meaning: trainer/config.py."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainer.config import Preset

# Apart from config.py, because a command's -h must not wait for what reads presets.
SETTINGS: Mapping[str, tuple[type[int] | type[float] | type[str], str]] = {
    "width": (int, "units of a layer"),
    "epochs": (int, "at most so many passes over the training set"),
    "batch_size": (int, "clips a step"),
    "batch_frames": (
        int,
        "frames of features a step, padding counted, in place of --batch-size: many short clips or "
        "few long ones, so that each step takes about the same time and memory",
    ),
    "learning_rate": (float, "of Adam, once it is warm"),
    "warmup": (int, "updates over which the learning rate rises to what it is"),
    "weight_decay": (float, "AdamW's, of all weights but biases and normalisation; 0 is Adam"),
    "accumulate": (int, "batches whose gradients make one update"),
    "precision": (str, "of products: float32, bfloat16 or float16 (weights stay float32)"),
    "dropout": (float, "share of each dense layer's outputs that are dropped"),
    "noise": (float, "noise on the features, in their standard deviations"),
    "patience": (int, "end after so many epochs that are not better on dev"),
    "plateau": (int, "lower the learning rate after so many epochs that are not better"),
    "plateau_factor": (float, "what the learning rate is then multiplied by"),
    "gradient_norm": (float, "scale larger gradients down to this norm"),
    "seed": (int, "of weights, order, dropout and noise"),
}


def add_settings(parser: argparse.ArgumentParser, default_preset: str) -> None:
    """Add ``--preset`` and a flag for each setting."""
    group = parser.add_argument_group("settings that replace the preset's")
    group.add_argument(
        "--preset", metavar="NAME", default=default_preset,
        help="architecture and settings: a file in trainer/presets, or a .yaml of your own",
    )  # fmt: skip
    for name, (kind, text) in SETTINGS.items():
        metavar = "NAME" if kind is str else "N"
        group.add_argument(f"--{name.replace('_', '-')}", metavar=metavar, type=kind, help=text)


def add_cache_and_licence(group: argparse._ActionsContainer) -> None:
    """Add ``--feature-cache`` and ``--licence`` to a parser, or to a group of its flags."""
    group.add_argument(
        "--feature-cache", metavar="DIR", type=Path,
        help="keep features on disk, for all epochs and later runs; several trainings may share it",
    )  # fmt: skip
    group.add_argument("--licence", metavar="TEXT", help="of the model, for its card")


def chosen_preset(known: argparse.Namespace) -> "Preset":
    """The preset that the command line names, with the settings that it replaces.

    Raises UsageError for a preset that is not there and for settings that make no sense.
    """
    from trainer.config import read_preset

    return read_preset(known.preset).changed({name: getattr(known, name) for name in SETTINGS})
