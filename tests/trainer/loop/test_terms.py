"""The terms of a training: what makes two trainings different, in words."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from trainer.config import Training, read_preset
from trainer.data.clips import Clip
from trainer.loop.terms import Terms

SETTINGS = read_preset("deepspeech").training
CLIPS = [Clip(Path(f"/data/{name}.wav"), name, np.zeros(1, np.int32), 50) for name in "abc"]


def terms(train: Sequence[Clip], dev: Sequence[Clip], settings: Training = SETTINGS) -> Terms:
    return Terms.of(train, dev, settings, backend="tensorflow")


TERMS = terms(CLIPS, CLIPS[:1])


def changed(name: str, value: float | str) -> Training:
    return SETTINGS.model_copy(update={name: value})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("batch_size", 8, "batch size was 16, now 8"),
        ("batch_frames", 4800, "batch frames was not set, now 4800"),
        ("learning_rate", 0.0005, "learning rate was 0.001, now 0.0005"),
        ("dropout", 0.25, "dropout was 0.3, now 0.25"),
        ("noise", 0.1, "noise was 0, now 0.1"),
        ("plateau", 5, "plateau was 4, now 5"),
        ("plateau_factor", 0.3, "plateau factor was 0.5, now 0.3"),
        ("gradient_norm", 10.0, "gradient norm was 100, now 10"),
        ("seed", 2, "seed was 1, now 2"),
        ("weight_decay", 0.01, "weight decay was 0, now 0.01"),
        ("warmup", 500, "warmup was 0, now 500"),
        ("accumulate", 4, "accumulate was 1, now 4"),
        ("precision", "bfloat16", "precision was float32, now bfloat16"),
    ],
)
def test_settings_that_decide_over_the_course(name: str, value: float | str, words: str) -> None:
    assert TERMS.differences(terms(CLIPS, CLIPS[:1], changed(name, value))) == [words]


def test_every_setting_decides_over_the_course_or_over_its_end() -> None:
    """Whoever adds a setting has its change told, unless it says that it may change."""
    assert set(Training.model_fields) - set(TERMS.settings) == {"epochs", "patience"}


@pytest.mark.parametrize("name", ["epochs", "patience"])
def test_what_decides_when_it_ends_may_change(name: str) -> None:
    assert TERMS.differences(terms(CLIPS, CLIPS[:1], changed(name, 99))) == []


def test_clips_by_name_length_text_and_order() -> None:
    moved = [replace(clip, path=Path("/elsewhere") / clip.path.name) for clip in CLIPS]
    assert TERMS.differences(terms(moved, moved[:1])) == []
    train, dev = (f"{name} clips are others, or in another order" for name in ("training", "dev"))
    for others in (
        CLIPS[::-1],
        CLIPS[:2],
        [*CLIPS, CLIPS[0]],
        [replace(CLIPS[0], text="z"), *CLIPS[1:]],
        [replace(CLIPS[0], frames=51), *CLIPS[1:]],
        [replace(CLIPS[0], path=Path("/data/z.wav")), *CLIPS[1:]],
    ):
        assert TERMS.differences(terms(others, CLIPS[:1])) == [train]
    assert TERMS.differences(terms(CLIPS, CLIPS[:2])) == [dev]
    assert TERMS.differences(terms(CLIPS[1:], CLIPS[1:], changed("seed", 2))) == [
        train,
        dev,
        "seed was 1, now 2",
    ]


def test_a_setting_of_another_version_is_a_difference() -> None:
    older = replace(TERMS, settings={k: v for k, v in TERMS.settings.items() if k != "noise"})
    assert older.differences(TERMS) == ["noise was not set, now 0"]
    assert TERMS.differences(older) == ["noise was 0, now not set"]


def test_another_backend_of_keras() -> None:
    other = replace(TERMS, backend="jax")
    assert TERMS.differences(other) == ["Keras ran under tensorflow, now under jax"]


def test_json_keeps_them() -> None:
    assert Terms.from_json(json.loads(json.dumps(asdict(TERMS)))) == TERMS


def test_a_name_that_is_no_utf8() -> None:
    clip = replace(CLIPS[0], path=Path("/data/\udce9.wav"))
    assert terms([clip], [clip]).train != TERMS.train
