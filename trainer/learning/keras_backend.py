"""What Keras is to run on (KERAS_BACKEND), and whether it is there."""

import os
from importlib.util import find_spec

from importers.errors import UsageError

BACKENDS = ("tensorflow", "jax", "torch")
"""That models are trained with (trainer/backends)."""


def check_backend() -> None:
    """Raises UsageError for a backend that is not installed, or not one of ours.

    Nothing is loaded yet: libraries talk while they are, and that belongs into a log.
    """
    named = os.environ.get("KERAS_BACKEND") or BACKENDS[0]
    if named not in BACKENDS:
        raise UsageError(f"KERAS_BACKEND={named}: models are trained with {_listed(BACKENDS)}")
    if find_spec(named) is None:
        others = [one for one in BACKENDS if one != named]
        raise UsageError(
            f"Keras is to run on {named}, which is not installed here. Install it, or set "
            f"KERAS_BACKEND to {_listed(others)}"
        )


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
