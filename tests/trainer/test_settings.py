"""The flags of training's settings are those of the preset, and are documented."""

import argparse
import re
from pathlib import Path

import pytest

from importers.errors import UsageError
from trainer.config import Training, read_preset
from trainer.data.clips import Reason
from trainer.settings import SETTINGS, add_settings, chosen_preset


def rows(guide: str) -> list[str]:
    """The first columns of its tables."""
    return [line.split("|")[1] for line in guide.splitlines() if line.startswith("| `")]


def test_every_setting_has_a_flag() -> None:
    assert set(SETTINGS) == {*Training.model_fields, "width"}


def test_the_guide_has_every_setting_and_every_reason(checkout: Path) -> None:
    guide = (checkout / "docs" / "training.md").read_text()
    named = {name for row in rows(guide) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(Training.model_fields) | {str(reason) for reason in Reason}


def test_a_name_is_a_setting_too() -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser, "tiny")
    known = parser.parse_args(["--precision", "bfloat16", "--warmup", "500", "--accumulate", "4"])
    training = chosen_preset(known).training
    assert (training.precision, training.warmup, training.accumulate) == ("bfloat16", 500, 4)
    assert training.weight_decay == read_preset("tiny").training.weight_decay == 0


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        (
            "--precision",
            "float8",
            "--precision: input should be 'float32', 'bfloat16' or 'float16', not 'float8'",
        ),
        ("--warmup", "-1", "--warmup: input should be greater than or equal to 0, not -1"),
        ("--accumulate", "0", "--accumulate: input should be greater than or equal to 1, not 0"),
        (
            "--weight-decay",
            "-0.5",
            "--weight-decay: input should be greater than or equal to 0, not -0.5",
        ),
    ],
)
def test_values_that_make_no_sense(flag: str, value: str, message: str) -> None:
    parser = argparse.ArgumentParser()
    add_settings(parser, "tiny")
    with pytest.raises(UsageError) as caught:
        chosen_preset(parser.parse_args([flag, value]))
    assert str(caught.value) == message
