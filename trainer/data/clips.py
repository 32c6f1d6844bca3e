"""The clips of manifests, ready to be learnt from: what is checked before the first step.

A mistake that the user must mend (a clip that is not there, a character that the alphabet has not)
is an error at once. A clip that cannot be learnt from whatever is done is left out, with a Reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet, AlphabetError
from importers.errors import FormatError, MynaError
from importers.filters import ctc_frames_needed
from importers.manifest import Entry, only_locale, read_manifest
from native.features import FeatureSpec, frames_of
from trainer.architecture.geometry import output_frames
from trainer.data.clip_file import clip_frames
from trainer.data.training_limit import TrainingLimit

_READERS = 8  # threads that open clips: they wait for the disk, not for a core
_AT_ONCE = 10_000  # rows whose clips are asked for together
_NOTHING: Mapping[str, str] = {}  # a million rows must not keep what no training asks for


class Reason(StrEnum):
    """Why a clip is not learnt from."""

    EMPTY_TEXT = "empty_text"
    TOO_SHORT = "too_short"
    LIMIT = "limit"
    INFINITE_LOSS = "infinite_loss"
    INFINITE_GRADIENT = "infinite_gradient"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.EMPTY_TEXT: "the transcript is empty",
    Reason.TOO_SHORT: "fewer frames than CTC needs for the transcript",
    Reason.LIMIT: "more than is asked for (--limit-train)",
    Reason.INFINITE_LOSS: "the loss was not finite",
    Reason.INFINITE_GRADIENT: "the gradient was not finite",
}


@dataclass(frozen=True, slots=True)
class Clip:
    """A WAV or FLAC and what is said in it."""

    path: Path
    text: str
    labels: NDArray[np.int32]
    """The text in the numbers of the alphabet."""
    frames: int
    """Frames of features."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of a manifest that is not learnt from."""

    row: str
    """``manifest:line``."""
    path: Path
    reason: Reason


@dataclass(slots=True)
class ClipSet:
    """The clips of some manifests, in their order, and the rows that gave none."""

    clips: list[Clip] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """Of each clip, ``manifest:line``."""
    locale: str | None = None
    """The language of all rows; None where they have several, or do not tell."""

    def counts(self) -> Counter[Reason]:
        """How many rows gave no clip, by reason."""
        return Counter(one.reason for one in self.left_out)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a manifest, and where it stands."""

    manifest: Path
    line: int
    entry: Entry

    @property
    def path(self) -> Path:
        """The WAV or FLAC."""
        return self.manifest.parent / self.entry.wav_filename

    def __str__(self) -> str:
        return f"{self.manifest}:{self.line}"


def read_rows(manifests: Sequence[Path]) -> list[Row]:
    """The rows of manifests. Raises MynaError for one that is not there or has no rows."""
    rows = []
    for manifest in manifests:
        if not manifest.is_file():
            raise MynaError(f"{manifest}: no such CSV. import-cv makes one from a corpus")
        # A quoted line break would put later numbers off; our own manifests have none.
        entries = (replace(entry, extra=_NOTHING, sentence="") for entry in read_manifest(manifest))
        found = [Row(manifest, n, e) for n, e in enumerate(entries, start=2)]
        if not found:
            raise MynaError(f"{manifest}: no clips in it, only the names of the columns")
        rows += found
    return rows


def read_clips(
    manifests: Sequence[Path],
    alphabet: Alphabet,
    spec: FeatureSpec,
    *,
    stride: int = 1,
    limit: TrainingLimit | None = None,
    seed: int = 0,
) -> ClipSet:
    """The clips of manifests that a model with this alphabet and these features can learn from.

    ``stride`` is its frames of features for a frame of output. With a ``limit`` the rest is left
    out, drawn by ``seed``.

    Raises MynaError as read_rows does, and for characters that the alphabet has not; FormatError as
    wav_frames does, and for bad manifests.
    """
    rows = read_rows(manifests)
    encoded = list(_encoded(rows, alphabet))
    made = ClipSet(locale=only_locale(row.entry for row in rows))
    for row, labels, frames in zip(rows, encoded, wav_frames(rows, spec), strict=True):
        reason = _reason(labels, output_frames(frames, stride))
        if reason is None:
            made.clips.append(Clip(row.path, row.entry.transcript, labels, frames))
            made.rows.append(str(row))
        else:
            made.left_out.append(LeftOut(str(row), row.path, reason))
    if not made.clips:
        sentence = made.left_out[0].reason.sentence
        raise MynaError(f"{manifests[0]}: no clip of it can be learnt from: {sentence}")
    if limit is not None:
        drawn = limit.drawn(made.clips, seconds_a_frame=spec.seconds_a_frame, seed=seed)
        _leave_out_others(made, set(drawn))
    return made


def _leave_out_others(made: ClipSet, drawn: set[int]) -> None:
    for number, (clip, row) in enumerate(zip(made.clips, made.rows, strict=True)):
        if number not in drawn:
            made.left_out.append(LeftOut(row, clip.path, Reason.LIMIT))
    made.clips[:] = [clip for number, clip in enumerate(made.clips) if number in drawn]
    made.rows[:] = [row for number, row in enumerate(made.rows) if number in drawn]


def _encoded(rows: Iterable[Row], alphabet: Alphabet) -> Iterator[NDArray[np.int32]]:
    first, wrong = "", 0
    for row in rows:
        try:
            yield np.asarray(alphabet.encode(row.entry.transcript), dtype=np.int32)
        except AlphabetError as error:
            first, wrong = first or f"{row}: {error}", wrong + 1
    if wrong:
        more = f" (the first of {wrong:,} such rows)" if wrong > 1 else ""
        raise MynaError(f"{first}. Add it to the alphabet (--alphabet), or take the row out{more}")


def wav_frames(rows: Sequence[Row], spec: FeatureSpec) -> Iterator[int]:
    """The frames of each row's clip, from its header and its size.

    Raises FormatError for clips that are not there, were cut off, or are no 16-bit mono WAVs or
    FLACs of the spec's rate: once all have been looked at, to say how many they are.
    """

    def samples(row: Row) -> int | MynaError:
        try:
            return clip_frames(row.path, spec.sample_rate, row.entry.wav_filesize)
        except MynaError as error:
            return error

    first, wrong = "", 0
    with ThreadPoolExecutor(_READERS) as pool:
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            for row, count in zip(some, pool.map(samples, some), strict=True):
                if isinstance(count, MynaError):
                    first, wrong = first or f"{row}: {count}", wrong + 1
                else:
                    yield frames_of(count, spec)
    if wrong:
        more = f" (the first of {wrong:,} rows whose clips cannot be used)" if wrong > 1 else ""
        raise FormatError(f"{first}{more}")


def _reason(labels: NDArray[np.int32], frames: int) -> Reason | None:
    if len(labels) == 0:
        return Reason.EMPTY_TEXT
    return Reason.TOO_SHORT if frames < ctc_frames_needed(labels.tolist()) else None
