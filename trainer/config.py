"""What to train and how: the presets in presets/*.yaml, and what the command line changes.

A preset is a YAML file with the four parts of Preset; its presence is its registration.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
)

from importers.errors import FormatError, UsageError
from native.features import PRESETS as FEATURES
from native.features import FeatureSpec, frames_of
from trainer.architecture.geometry import Geometry
from trainer.architecture.layer_list import Architecture
from trainer.complaints import TAGS, complaint
from trainer.yaml_file import read_yaml

FOLDER = Path(__file__).parent / "presets"

Rate = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Training(_Strict):
    """The settings of training. Those that DeepSpeech has too carry its defaults' meaning."""

    epochs: Count
    """At most so many passes over the training set."""
    batch_size: Count
    """Clips a step."""
    batch_frames: Count | None = None
    """Frames a step, padding counted; then `batch_size` does not count (data/batch_order.py)."""
    learning_rate: Annotated[float, Field(gt=0)]
    """Of Adam (Kingma & Ba 2015), once it is warm."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """What an update takes off a weight, as a share of it, times the learning rate: AdamW's
    (Loshchilov & Hutter 2019, "Decoupled weight decay regularization"). At 0 it is Adam."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Updates over which the learning rate rises to what it is."""
    accumulate: Count = 1
    """Batches whose gradients make one update."""
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    """Of products; weights are float32 all the same (precision.py)."""
    dropout: Rate
    """Share of the outputs of each dense layer that are dropped."""
    noise: Annotated[float, Field(ge=0)] = 0.0
    """Deviation of Gaussian noise on the features, in deviations of each coefficient."""
    patience: Count = 10
    """Epochs after which training ends when none was better than the best (EpochResult)."""
    plateau: Count = 4
    """Epochs after which the learning rate falls when none was better than the best."""
    plateau_factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """What the learning rate is then multiplied by."""
    gradient_norm: Annotated[float, Field(gt=0)] = 100.0
    """Gradients of a larger norm are scaled down to it (Pascanu et al. 2013)."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    """Of weights, order of clips, dropout and noise."""


class Preset(_Strict):
    """An architecture and how it is trained."""

    title: str
    features: Annotated[
        Annotated[str, Tag(TAGS[0])] | Annotated[FeatureSpec, Tag(TAGS[1])],
        Discriminator(lambda given: TAGS[0] if isinstance(given, str) else TAGS[1]),
    ]
    """Name of a FeatureSpec, or its own fields."""
    normalise: Literal["none", "utterance", "corpus"] = "corpus"
    """How features are normalised (normalisation.py)."""
    architecture: Architecture
    training: Training
    _content: Mapping[str, Any] = PrivateAttr()

    @classmethod
    def of(cls, content: Any) -> Self:
        """The preset of what a YAML file holds. Raises pydantic.ValidationError."""
        preset = cls.model_validate(content)
        preset._content = content
        return preset

    @property
    def feature_spec(self) -> FeatureSpec:
        """The features that the model hears."""
        return FEATURES[self.features] if isinstance(self.features, str) else self.features

    @property
    def features_name(self) -> str:
        """What a checkpoint must agree with."""
        if isinstance(self.features, str):
            return self.features
        fields = asdict(self.features)
        if fields["level"] == "recorded":  # as all was before there were levels
            del fields["level"]
        return " ".join(f"{name} {value}" for name, value in fields.items())

    def geometry(self, *, labels: int) -> Geometry:
        """The sizes of all layers. `labels` counts the blank.

        Raises UsageError for layers that do not fit the features or each other.
        """
        try:
            return self.architecture.geometry(inputs=self.feature_spec.coefficients, labels=labels)
        except ValueError as error:
            raise UsageError(f"architecture: {error}") from None

    def changed(self, changes: Mapping[str, object]) -> Self:
        """The preset with other settings of training, or another width; None changes nothing.

        Raises UsageError for a value that makes no sense.
        """
        parts = {name: dict(self._content[name]) for name in ("architecture", "training")}
        for name, value in changes.items():
            if value is not None:
                parts["architecture" if name == "width" else "training"][name] = value
        try:
            return self.of({**self._content, **parts})
        except ValidationError as error:
            raise UsageError(complaint(error, Preset, flags=True)) from None


def preset_names() -> list[str]:
    """The names of the presets."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_preset(name: str, folder: Path = FOLDER) -> Preset:
    """The preset of this name, or in the file of this name if it ends in .yaml.

    Raises UsageError when there is none, FormatError for a bad file.
    """
    own = name.endswith((".yaml", ".yml"))
    path = Path(name) if own else folder / f"{name}.yaml"
    if not path.is_file():
        if own:
            raise UsageError(f"{name}: no such file. A preset of your own is a YAML file")
        raise UsageError(
            f"no preset {name!r}; there are {', '.join(preset_names())}, and files of your own "
            "that end in .yaml"
        )
    try:
        preset = Preset.of(read_yaml(path))
    except ValidationError as error:
        raise FormatError(f"{path}: {complaint(error, Preset)}") from None
    if isinstance(preset.features, str) and preset.features not in FEATURES:
        raise FormatError(
            f"{path}: no features {preset.features!r}; there are {', '.join(FEATURES)}"
        )
    try:
        frames_of(0, preset.feature_spec)
        preset.geometry(labels=2)
    except ValueError as error:
        raise FormatError(f"{path}: features: {error}") from None
    except UsageError as error:
        raise FormatError(f"{path}: {error}") from None
    return preset
