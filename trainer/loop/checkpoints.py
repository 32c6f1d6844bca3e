"""Checkpoints: a training as it stood, so that the same command goes on from there.

    OUT/checkpoints/last.npz    what the next step depends on, and how far the training is
    OUT/checkpoints/best.npz    the same, of the best epoch so far
    OUT/checkpoints/epoch-7.npz the same, of the epochs that are kept beside (--keep-checkpoints)
    OUT/checkpoints/lock        of the run that trains here

A checkpoint is an .npz of arrays (never pickled), among them `about`: JSON in UTF-8.
"""

import contextlib
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from importers.errors import MynaError
from importers.state_folder import holding_state
from importers.storage import put_atomic_bytes, put_link, storage_error, sweep
from trainer.architecture.geometry import Geometry
from trainer.architecture.geometry_file import geometry_from_json
from trainer.data.clips import Reason
from trainer.json_record import RecordError, record
from trainer.loop.progress import Progress
from trainer.loop.terms import Terms
from trainer.normalisation import Normalisation

VERSION = 5
_ABOUT = "about"
_ORDER, _SIZES = "order/clips", "order/sizes"
_KEPT = re.compile(r"epoch-(\d+)\.npz")

Arrays = Mapping[str, NDArray[np.generic]]
Order = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Identity:
    """What model is trained: it may not change in a folder."""

    geometry: Geometry
    labels: Sequence[str]
    features: str
    """Name of the FeatureSpec."""
    normalise: str = "corpus"
    """Kind of the Normalisation."""

    def differences(self, other: "Identity") -> list[str]:
        """In words, how this one differs from another in what a model is made of."""
        found = []
        if tuple(self.labels) != tuple(other.labels):
            found.append(_alphabet_difference(self.labels, other.labels))
        if self.features != other.features:
            found.append(f"features {self.features}, not {other.features}")
        if self.normalise != other.normalise:
            found.append(f"normalised by {self.normalise}, not {other.normalise}")
        return found + self.geometry.differences(other.geometry)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training as it stood."""

    identity: Identity
    terms: Terms
    progress: Progress
    normalisation: Normalisation
    """Of the features."""
    arrays: Arrays
    """Of the learner."""
    order: Order = ()
    """The batches of the epoch in hand, as numbers of clips; empty between epochs."""
    at_fault: Mapping[int, Reason] = field(default_factory=dict)
    """Numbers of all training clips that could not be learnt from in some epoch, and why.

    The terms pin the order of clips, so a number means the same clip wherever its corpus lies.
    """


class CheckpointFolder:
    """The checkpoints of one training, below its output folder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / "checkpoints"

    def held(self) -> contextlib.AbstractContextManager[None]:
        """No other run trains here while the block runs. Raises StorageError when one does."""
        return holding_state(self._folder / "lock", self._out, "training")

    @property
    def last(self) -> Path:
        """The latest checkpoint."""
        return self._folder / "last.npz"

    @property
    def best(self) -> Path:
        """The checkpoint of the best epoch."""
        return self._folder / "best.npz"

    def save(self, checkpoint: Checkpoint, *, best: bool = False, keep: int = 0) -> None:
        """Write the last checkpoint, and first the best when this is it.

        ``keep`` is for the end of an epoch: the checkpoints of so many epochs stay beside these
        two, this one and those before it. Killed at any point, the last checkpoint is the old or
        the new one, and nothing that the new one speaks of is missing.

        Raises StorageError when the disk is full or may not be written.
        """
        epoch = checkpoint.progress.epochs_before + checkpoint.progress.epochs
        paths = [self._folder / f"epoch-{epoch}.npz"] if keep else []
        paths += [self.best, self.last] if best else [self.last]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(paths[0], checkpoint)
            for path in paths[1:]:
                put_link(paths[0], path)
            if keep:
                self._remove_kept(epoch - keep)
        except OSError as error:
            raise storage_error(error, self._out) from None

    def _remove_kept(self, newest: int) -> None:
        for path in self._folder.iterdir():
            found = _KEPT.fullmatch(path.name)
            if found and int(found[1]) <= newest:
                path.unlink()

    def resume(self, identity: Identity) -> Checkpoint | None:
        """The last checkpoint, or None when there is none.

        Where a run was killed after it had written the best epoch as such, it is that.

        Raises StorageError when that cannot be noted, MynaError for a checkpoint that is damaged,
        or of another geometry, alphabet or features.
        """
        if self._folder.exists():
            sweep(self._folder)
        if not self.last.exists():
            return None
        found = read_checkpoint(self.last)
        if differences := found.identity.differences(identity):
            raise MynaError(
                f"{self._out} holds the training of another model: {'; '.join(differences)}. "
                "Name another folder with --out, or take its settings"
            )
        return self._newer_best(found) or found

    def _newer_best(self, last: Checkpoint) -> Checkpoint | None:
        """The best epoch of this training where it is newer than ``last``, and now is the last.

        A run that was killed between the two left it. On a device that adds up in any order, the
        epoch would not come to the same again, and ``last`` would tell of another best one.
        """
        if not self.best.exists() or self.best.samefile(self.last):
            return None
        try:
            found = read_checkpoint(self.best)
        except MynaError:
            return None  # and read_best raises it, unless a better epoch has come by then
        before, now = last.progress, found.progress
        same = (found.identity, found.terms, now.epochs_before) == (
            last.identity,
            last.terms,
            before.epochs_before,
        )
        if not same or now.epochs <= before.epochs:
            return None
        try:
            put_link(self.best, self.last)
        except OSError as error:
            raise storage_error(error, self._out) from None
        return found

    def read_best(self, last: Checkpoint) -> Checkpoint | None:
        """The checkpoint of the best epoch of the training that ``last`` is of; None without one.

        Raises MynaError when the file is missing, damaged, or of another training: one whose first
        epoch under other terms is not over leaves the best of the earlier one there.
        """
        if last.progress.best is None:
            return None
        if self.best.exists():
            found = read_checkpoint(self.best)
            if (found.identity, found.terms) == (last.identity, last.terms):
                return found
        raise MynaError(
            f"{self.best}: not the best epoch of the training in {self.last.name}. Put the right "
            f"file there, or remove {self._folder} to begin anew"
        )


def read_checkpoint(path: Path) -> Checkpoint:
    """A checkpoint. Raises MynaError for a file that is none."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = dict(file)
        about = json.loads(arrays.pop(_ABOUT).tobytes())
        ends = np.cumsum(arrays.pop(_SIZES))[:-1]
        order = [part.tolist() for part in np.split(arrays.pop(_ORDER), ends)]
        if about["version"] != VERSION:
            raise MynaError(
                f"{path}: a checkpoint of version {about['version']}, not {VERSION}. Go on with "
                "the version of Myna that wrote it, or name another folder with --out"
            )
        return Checkpoint(
            identity=_identity(about["identity"]),
            terms=Terms.from_json(about["terms"]),
            progress=Progress.from_json(about["progress"]),
            normalisation=record(Normalisation, about["normalisation"], str(path)),
            arrays=arrays,
            order=order if any(order) else (),
            at_fault={int(number): Reason(why) for number, why in about["at_fault"].items()},
        )
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, RecordError) as error:
        raise MynaError(
            f"{path}: no checkpoint, or a damaged one ({error}). Remove it to begin anew"
        ) from None


def _write(path: Path, checkpoint: Checkpoint) -> None:
    about = {
        "version": VERSION,
        "identity": {
            **asdict(checkpoint.identity),
            "geometry": checkpoint.identity.geometry.to_json(),
        },
        "terms": asdict(checkpoint.terms),
        "progress": checkpoint.progress.to_json(),
        "normalisation": asdict(checkpoint.normalisation),
        "at_fault": checkpoint.at_fault,
    }
    numbers = [number for batch in checkpoint.order for number in batch]
    content: dict[str, NDArray[Any]] = {
        **checkpoint.arrays,
        _ORDER: np.array(numbers, dtype=np.int32),
        _SIZES: np.array([len(batch) for batch in checkpoint.order], dtype=np.int32),
        _ABOUT: np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
    }
    with put_atomic_bytes(path) as stream:
        np.savez(stream, allow_pickle=False, **content)


def _identity(content: Mapping[str, Any]) -> Identity:
    geometry = geometry_from_json(content["geometry"], "geometry")
    return Identity(**{**content, "geometry": geometry})


def _alphabet_difference(labels: Sequence[str], others: Sequence[str]) -> str:
    missing = [label for label in others if label not in labels]
    more = [label for label in labels if label not in others]
    if not missing and not more:
        return "its alphabet has the same labels in another order"
    parts = [f"without {' '.join(map(repr, missing))}"] if missing else []
    parts += [f"with {' '.join(map(repr, more))}"] if more else []
    return f"its alphabet is {' and '.join(parts)}"
