"""An architecture as a YAML file has it: a list of layers, in numbers or multiples of one width.

    width: 2048
    layers:
      - {layer: dense, units: width}
      - {layer: lstm, units: 2 width}

The keys of each kind of layer are the fields of its class in layers.py.
"""

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trainer.architecture.geometry import Geometry
from trainer.architecture.layers import AnyLayer

_MULTIPLE = re.compile(r"(?:(\d+(?:\.\d+)?) )?width")


class Architecture(BaseModel):
    """The layers but for the last, which gives the labels and follows from the alphabet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Annotated[int, Field(ge=1)]
    """What multiples in the layers are of."""
    layers: tuple[Annotated[AnyLayer, Field(discriminator="layer")], ...]

    @model_validator(mode="before")
    @classmethod
    def _in_numbers(cls, content: Any) -> Any:
        if not isinstance(content, dict) or not isinstance(content.get("layers"), list):
            return content
        width = content.get("width")
        if not isinstance(width, int):
            return content
        return {**content, "layers": [_resolved(layer, width) for layer in content["layers"]]}

    def geometry(self, *, inputs: int, labels: int) -> Geometry:
        """The sizes of all layers. `labels` counts the blank."""
        return Geometry(inputs=inputs, labels=labels, layers=self.layers)


def _resolved(layer: Any, width: int) -> Any:
    """A layer whose multiples of the width are numbers; what is no multiple stays."""
    if not isinstance(layer, dict):
        return layer
    return {key: _number(value, width) for key, value in layer.items()}


def _number(value: Any, width: int) -> Any:
    multiple = _MULTIPLE.fullmatch(value) if isinstance(value, str) else None
    if multiple is None:
        return value
    product = Fraction(multiple[1] or 1) * width
    return max(1, round(product))
