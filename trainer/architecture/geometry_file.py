"""A geometry as JSON in model.json and in checkpoints, and the form that it had in format 1."""

from typing import Any

from trainer.architecture.geometry import Geometry, deep_speech
from trainer.architecture.layers import KINDS, AnyLayer, no_such_kind
from trainer.json_record import RecordError, record

_PARTS = ("inputs", "labels", "layers")


def geometry_from_json(content: object, where: str) -> Geometry:
    """What Geometry.to_json gave. Raises RecordError, which names the layer and the key."""
    if not isinstance(content, dict) or content.keys() != set(_PARTS):
        raise RecordError(f"{where}: must have {', '.join(_PARTS)}, and nothing else")
    inputs, labels, listed = (content[part] for part in _PARTS)
    if type(inputs) is not int or type(labels) is not int or not isinstance(listed, list):
        raise RecordError(f"{where}: inputs and labels must be numbers, layers a list")
    layers = tuple(_layer(one, f"{where}.layers.{n}") for n, one in enumerate(listed))
    try:
        return Geometry(inputs, labels, layers)
    except ValueError as error:
        raise RecordError(f"{where}: {error}") from None


def geometry_of_deep_speech(content: object, where: str) -> Geometry:
    """The geometry of model folders of format 1.

    It knew but one kind of network, by its sizes. Raises RecordError.
    """
    sizes: dict[str, Any] = dict(content) if isinstance(content, dict) else {}
    try:
        return deep_speech(**{**sizes, "dense": tuple(sizes["dense"])})
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{where}: not the sizes of a network: {error}") from None


def _layer(content: object, where: str) -> AnyLayer:
    kind = content.get("layer") if isinstance(content, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise RecordError(f"{where}: {no_such_kind(kind)}")
    made: AnyLayer = record(KINDS[kind], content, where)
    return made
